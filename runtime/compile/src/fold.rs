//! Questions about nodes that need no code: literal values, constant truth, harmlessness.

use bytecode::Literal;
use ruby_prism::{self as prism, Node};

/// Value of an integer literal.
pub(crate) fn integer(value: &prism::Integer<'_>) -> Literal {
    let (negative, digits) = value.to_u32_digits();
    let magnitude = match digits {
        [] => Some(0),
        [low] => Some(u64::from(*low)),
        [low, high] => Some(u64::from(*low) | u64::from(*high) << 32),
        _ => None,
    };
    let small = magnitude.and_then(|magnitude| {
        let wide = if negative { -i128::from(magnitude) } else { i128::from(magnitude) };
        i64::try_from(wide).ok()
    });
    match small {
        Some(value) => Literal::Int(value),
        None => Literal::BigInt(decimal(negative, digits)),
    }
}

/// Decimal text of a number given by 32-bit digits, lowest first.
fn decimal(negative: bool, digits: &[u32]) -> String {
    const GROUP: u64 = 1_000_000_000;
    let mut number: Vec<u32> = digits.to_vec();
    let mut groups = Vec::new();
    while number.iter().any(|&digit| digit != 0) {
        let mut remainder = 0u64;
        for digit in number.iter_mut().rev() {
            let current = remainder << 32 | u64::from(*digit);
            *digit = (current / GROUP) as u32;
            remainder = current % GROUP;
        }
        groups.push(remainder);
        while number.last() == Some(&0) {
            number.pop();
        }
    }
    let mut text = String::from(if negative { "-" } else { "" });
    match groups.pop() {
        None => text.push('0'),
        Some(first) => text.push_str(&first.to_string()),
    }
    for group in groups.iter().rev() {
        text.push_str(&format!("{group:09}"));
    }
    text
}

/// Value of any numeric literal.
pub(crate) fn numeric(node: &Node<'_>) -> Option<Literal> {
    if let Some(node) = node.as_integer_node() {
        return Some(integer(&node.value()));
    }
    if let Some(node) = node.as_float_node() {
        return Some(Literal::Float(node.value()));
    }
    if let Some(node) = node.as_rational_node() {
        let (numerator, denominator) = (integer(&node.numerator()), integer(&node.denominator()));
        return Some(Literal::Rational(Box::new(numerator), Box::new(denominator)));
    }
    let imaginary = node.as_imaginary_node()?;
    Some(Literal::Imaginary(Box::new(numeric(&imaginary.numeric())?)))
}

/// A range end that makes a literal range: an integer, or nil for an open one.
pub(crate) fn range_end(node: Option<&Node<'_>>) -> Option<Literal> {
    match node {
        None => Some(Literal::Nil),
        Some(Node::NilNode { .. }) => Some(Literal::Nil),
        Some(node) => node.as_integer_node().map(|integer_node| integer(&integer_node.value())),
    }
}

/// Truth of a literal condition.
pub(crate) fn truth(node: &Node<'_>) -> Option<bool> {
    match node {
        Node::NilNode { .. } | Node::FalseNode { .. } => Some(false),
        Node::TrueNode { .. } | Node::IntegerNode { .. } | Node::FloatNode { .. } | Node::SymbolNode { .. } => Some(true),
        Node::ParenthesesNode { .. } => {
            let body = node.as_parentheses_node()?.body()?;
            let statements = body.as_statements_node()?;
            let list = statements.body();
            if list.len() == 1 { truth(&list.first()?) } else { None }
        }
        _ => None,
    }
}

/// Does a node compile to nothing where its value is not used?
pub(crate) fn is_without_code(node: &Node<'_>) -> bool {
    matches!(
        node,
        Node::NilNode { .. }
            | Node::TrueNode { .. }
            | Node::FalseNode { .. }
            | Node::SelfNode { .. }
            | Node::IntegerNode { .. }
            | Node::FloatNode { .. }
            | Node::RationalNode { .. }
            | Node::ImaginaryNode { .. }
            | Node::StringNode { .. }
            | Node::SymbolNode { .. }
            | Node::LocalVariableReadNode { .. }
            | Node::ItLocalVariableReadNode { .. }
    )
}

/// An integer literal that fits an immediate operand.
pub(crate) fn small_integer(node: &Node<'_>) -> Option<i16> {
    match integer(&node.as_integer_node()?.value()) {
        Literal::Int(value) => i16::try_from(value).ok(),
        _ => None,
    }
}

/// True when evaluating `node` surely assigns no local variable of this function held in a register.
/// (Blocks may assign only captured variables, and those are not in registers.)
pub(crate) fn keeps_locals(node: &Node<'_>) -> bool {
    match node {
        Node::IntegerNode { .. }
        | Node::FloatNode { .. }
        | Node::RationalNode { .. }
        | Node::ImaginaryNode { .. }
        | Node::StringNode { .. }
        | Node::SymbolNode { .. }
        | Node::RegularExpressionNode { .. }
        | Node::NilNode { .. }
        | Node::TrueNode { .. }
        | Node::FalseNode { .. }
        | Node::SelfNode { .. }
        | Node::LocalVariableReadNode { .. }
        | Node::InstanceVariableReadNode { .. }
        | Node::GlobalVariableReadNode { .. }
        | Node::ClassVariableReadNode { .. }
        | Node::ConstantReadNode { .. }
        | Node::NumberedReferenceReadNode { .. }
        | Node::BackReferenceReadNode { .. }
        | Node::ItLocalVariableReadNode { .. }
        | Node::LambdaNode { .. }
        | Node::ConstantPathNode { .. } => true,
        Node::CallNode { .. } => node.as_call_node().is_some_and(|call| call_keeps_locals(&call)),
        Node::ArrayNode { .. } => node.as_array_node().is_some_and(|array| array.elements().iter().all(|node| keeps_locals(&node))),
        Node::ParenthesesNode { .. } => {
            let body = node.as_parentheses_node().and_then(|parentheses| parentheses.body());
            body.is_none_or(|body| {
                let statements = body.as_statements_node();
                statements.is_some_and(|statements| statements.body().iter().all(|node| keeps_locals(&node)))
            })
        }
        _ => false,
    }
}

fn call_keeps_locals(call: &prism::CallNode<'_>) -> bool {
    let receiver = call.receiver().is_none_or(|receiver| keeps_locals(&receiver));
    let arguments = call.arguments().is_none_or(|arguments| arguments.arguments().iter().all(|node| keeps_locals(&node)));
    let block = call.block().is_none_or(|block| matches!(block, Node::BlockNode { .. }));
    receiver && arguments && block
}

/// True when compiling `node` straight into a variable's register writes it only as the last act, so
/// that the node itself may still read the old value and an exception leaves it.
pub(crate) fn writes_last(node: &Node<'_>) -> bool {
    match node {
        Node::CallNode { .. } => node.as_call_node().is_some_and(|call| !call.is_safe_navigation() && !call.is_attribute_write()),
        Node::IntegerNode { .. }
        | Node::FloatNode { .. }
        | Node::RationalNode { .. }
        | Node::ImaginaryNode { .. }
        | Node::StringNode { .. }
        | Node::InterpolatedStringNode { .. }
        | Node::SymbolNode { .. }
        | Node::RegularExpressionNode { .. }
        | Node::NilNode { .. }
        | Node::TrueNode { .. }
        | Node::FalseNode { .. }
        | Node::SelfNode { .. }
        | Node::LocalVariableReadNode { .. }
        | Node::InstanceVariableReadNode { .. }
        | Node::GlobalVariableReadNode { .. }
        | Node::ClassVariableReadNode { .. }
        | Node::ConstantReadNode { .. }
        | Node::ConstantPathNode { .. }
        | Node::YieldNode { .. }
        | Node::SuperNode { .. }
        | Node::RangeNode { .. }
        | Node::LambdaNode { .. } => true,
        Node::ArrayNode { .. } => node.as_array_node().is_some_and(|array| array.elements().len() <= 64 && !array.is_contains_splat()),
        _ => false,
    }
}

/// Name of a node's kind, for messages.
pub(crate) fn kind_name(node: &Node<'_>) -> &'static str {
    match node {
        Node::ErrorRecoveryNode { .. } => "ErrorRecoveryNode",
        Node::SplatNode { .. } => "SplatNode",
        Node::ImplicitRestNode { .. } => "ImplicitRestNode",
        Node::MultiTargetNode { .. } => "MultiTargetNode",
        Node::BlockArgumentNode { .. } => "BlockArgumentNode",
        Node::ForwardingArgumentsNode { .. } => "ForwardingArgumentsNode",
        Node::NoBlockParameterNode { .. } => "NoBlockParameterNode",
        Node::ConstantPathNode { .. } => "ConstantPathNode",
        Node::MatchWriteNode { .. } => "MatchWriteNode",
        Node::AssocNode { .. } => "AssocNode",
        _ => "Node",
    }
}

#[cfg(test)]
mod tests {
    use super::decimal;

    #[test]
    fn decimal_text_of_large_numbers() {
        assert_eq!(decimal(false, &[0, 0, 1]), "18446744073709551616");
        assert_eq!(decimal(true, &[0, 0, 1]), "-18446744073709551616");
        assert_eq!(decimal(false, &[0x89e8_0000, 0x8ac7_2304, 0]), "10000000000000000000");
        assert_eq!(decimal(false, &[0]), "0");
    }
}
