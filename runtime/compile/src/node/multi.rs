//! Multiple assignment. Receivers of all targets are evaluated first, left to right, then the value.

use bytecode::Op;
use bytecode::operand::{Base, Count, Dst};
use ruby_prism::{self as prism, Node, NodeList};

use super::assign::Target;
use super::literal::has_splat;
use crate::errors::CompileError;
use crate::{Compiler, Done};

impl<'pr> Compiler<'_, 'pr> {
    pub(super) fn multi_write(&mut self, node: &prism::MultiWriteNode<'pr>, dst: Option<u16>) -> Done {
        let (lefts, rest, rights) = (node.lefts(), node.rest(), node.rights());
        let targets = self.prepare(&lefts, rest.as_ref(), &rights)?;
        let value = node.value();
        if let Some(array) = value.as_array_node()
            && !has_splat(&array.elements())
            && array.elements().len() <= 64
            && targets.len() <= 256
        {
            return self.assign_each(&array.elements(), &lefts, rest.as_ref(), &rights, &targets, dst);
        }
        let source = match dst {
            Some(dst) => {
                self.expr(&value, dst)?;
                dst
            }
            None => self.operand(&value)?,
        };
        self.spread(&lefts, rest.as_ref(), &rights, &targets, source)
    }

    /// A destructured parameter.
    pub(crate) fn destructure(&mut self, node: &prism::MultiTargetNode<'pr>, source: u16) -> Done {
        let targets = self.multi_targets(node)?;
        self.spread(&node.lefts(), node.rest().as_ref(), &node.rights(), &targets, source)
    }

    pub(crate) fn multi_targets(&mut self, node: &prism::MultiTargetNode<'pr>) -> Result<Vec<Target<'pr>>, CompileError> {
        self.prepare(&node.lefts(), node.rest().as_ref(), &node.rights())
    }

    /// Prepares all targets of a list in order; an anonymous splat has none.
    fn prepare(&mut self, lefts: &NodeList<'pr>, rest: Option<&Node<'pr>>, rights: &NodeList<'pr>) -> Result<Vec<Target<'pr>>, CompileError> {
        self.check_targets(lefts.len() + rights.len())?;
        self.enter_node()?;
        let mut targets = Vec::new();
        for node in lefts {
            targets.push(self.target(&node)?);
        }
        if let Some(node) = rest_target(rest) {
            targets.push(self.target(&node)?);
        }
        for node in rights {
            targets.push(self.target(&node)?);
        }
        self.leave_node();
        Ok(targets)
    }

    /// Destructures register `source` into prepared targets.
    pub(crate) fn spread(
        &mut self,
        lefts: &NodeList<'pr>,
        rest: Option<&Node<'pr>>,
        rights: &NodeList<'pr>,
        targets: &[Target<'pr>],
        source: u16,
    ) -> Done {
        let mark = self.f().top();
        let named = rest_target(rest).is_some();
        let splat = matches!(rest, Some(Node::SplatNode { .. })) && (named || !rights.is_empty());
        let base = self.expand(source, lefts.len(), splat, rights.len());
        let mut register = base;
        for (index, target) in targets.iter().enumerate() {
            if index == lefts.len() && splat && !named {
                register = register.saturating_add(1);
            }
            self.store(target, register)?;
            register = register.saturating_add(1);
        }
        self.f().release(mark);
        Ok(())
    }

    /// `a, b = x, y`: no Array unless the value is wanted or a splat takes it.
    fn assign_each(
        &mut self,
        values: &NodeList<'pr>,
        lefts: &NodeList<'pr>,
        rest: Option<&Node<'pr>>,
        rights: &NodeList<'pr>,
        targets: &[Target<'pr>],
        dst: Option<u16>,
    ) -> Done {
        let (pre, post) = (lefts.len(), rights.len());
        let count = values.len();
        let base = self.f().take(count.max(pre + post));
        for (index, node) in values.iter().enumerate() {
            self.expr(&node, base.saturating_add(index as u16))?;
        }
        for missing in count..pre + post {
            self.load_nil(Some(base.saturating_add(missing as u16)));
        }
        let middle = count.saturating_sub(pre + post);
        let named = rest_target(rest).is_some();
        for (index, target) in targets.iter().enumerate() {
            if index < pre {
                self.store(target, base.saturating_add(index as u16))?;
            } else if named && index == pre {
                let list = self.f().temp();
                let from = base.saturating_add(pre as u16);
                self.emit(Op::Array { dst: Dst(list), base: Base(from), count: Count(middle as u16) });
                self.store(target, list)?;
            } else {
                let right = index - pre - usize::from(named);
                self.store(target, base.saturating_add((pre + middle + right) as u16))?;
            }
        }
        if let Some(dst) = dst {
            self.emit(Op::Array { dst: Dst(dst), base: Base(base), count: Count(count as u16) });
        }
        Ok(())
    }
}

/// The place behind `*`, when it is named.
fn rest_target<'pr>(rest: Option<&Node<'pr>>) -> Option<Node<'pr>> {
    if let Some(parameter) = rest.and_then(|node| node.as_rest_parameter_node()) {
        return parameter.name().map(|_| parameter.as_node());
    }
    rest?.as_splat_node()?.expression()
}
