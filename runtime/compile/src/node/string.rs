//! Strings, symbols, regular expressions and commands, plain and interpolated.

use bytecode::operand::{Base, Count, Dst, Imm, Src};
use bytecode::{CALL_SELF, CallFlags, CallSite, FRAME_HEADER, FunctionKind, Literal, Op, RegexpFlags, SiteKind};
use ruby_prism::{self as prism, Node, NodeList};

use crate::function::{Opening, ParamPlan};
use crate::scope::ScopeTag;
use crate::{Compiler, Done};

/// Parts joined by one instruction; longer strings are joined in pieces.
const CHUNK: usize = 128;

/// The flag methods that all four regular expression nodes share.
macro_rules! regexp_traits {
    ($compiler:expr, $node:expr) => {{
        let node = $node;
        let mut flags = 0;
        for (set, flag) in [
            (node.is_ignore_case(), RegexpFlags::IGNORECASE),
            (node.is_extended(), RegexpFlags::EXTENDED),
            (node.is_multi_line(), RegexpFlags::MULTILINE),
            (node.is_ascii_8bit(), RegexpFlags::NO_ENCODING),
            (node.is_euc_jp() || node.is_windows_31j() || node.is_utf_8() || node.is_forced_utf8_encoding(), RegexpFlags::FIXED_ENCODING),
        ] {
            if set {
                flags |= flag;
            }
        }
        let encoding = if node.is_euc_jp() {
            "EUC-JP"
        } else if node.is_windows_31j() {
            "Windows-31J"
        } else if node.is_utf_8() || node.is_forced_utf8_encoding() {
            "UTF-8"
        } else if node.is_forced_binary_encoding() {
            "ASCII-8BIT"
        } else if node.is_forced_us_ascii_encoding() {
            "US-ASCII"
        } else {
            $compiler.encoding
        };
        (RegexpFlags(flags), encoding)
    }};
}

impl<'pr> Compiler<'_, 'pr> {
    /// The bytes and encoding of a string node.
    pub(crate) fn string_literal(&mut self, node: &prism::StringNode<'pr>) -> Literal {
        let encoding = if node.is_forced_utf8_encoding() {
            "UTF-8"
        } else if node.is_forced_binary_encoding() {
            "ASCII-8BIT"
        } else {
            self.encoding
        };
        Literal::Str(node.unescaped().to_vec(), encoding)
    }

    /// A string literal as the source's frozen_string_literal setting wants it.
    pub(super) fn new_string(&mut self, literal: Literal, frozen: bool, mutable: bool, dst: u16) {
        let lit = if self.options.literals_apart { self.f().b.own_literal(literal) } else { self.literal(literal) };
        let dst = Dst(dst);
        self.emit(if frozen {
            Op::LoadLit { dst, lit }
        } else if mutable {
            Op::Str { dst, lit }
        } else {
            Op::StrChilled { dst, lit }
        });
    }

    pub(super) fn string_node(&mut self, node: &prism::StringNode<'pr>, dst: Option<u16>) -> Done {
        if let Some(dst) = dst {
            let literal = self.string_literal(node);
            self.new_string(literal, node.is_frozen(), node.is_mutable(), dst);
        }
        Ok(())
    }

    pub(super) fn frozen_string(&mut self, node: &prism::StringNode<'pr>, dst: u16) {
        let literal = self.string_literal(node);
        self.new_string(literal, true, false, dst);
    }

    pub(super) fn interpolated_string(&mut self, node: &prism::InterpolatedStringNode<'pr>, dst: Option<u16>) -> Done {
        let parts = node.parts();
        let dst = self.or_scratch(dst);
        match self.constant_parts(&parts) {
            Some(literal) => self.new_string(literal, node.is_frozen(), node.is_mutable(), dst),
            None => self.join(&parts, dst)?,
        }
        Ok(())
    }

    /// The whole text when no part is interpolated.
    fn constant_parts(&mut self, parts: &NodeList<'pr>) -> Option<Literal> {
        let mut all = Vec::new();
        let mut encoding = self.encoding;
        for part in parts {
            if let Some(string) = part.as_string_node() {
                let Literal::Str(bytes, part_encoding) = self.string_literal(&string) else {
                    return None;
                };
                if !bytes.is_ascii() || all.is_empty() {
                    encoding = part_encoding;
                }
                all.extend_from_slice(&bytes);
            } else {
                let nested = part.as_interpolated_string_node()?;
                let Literal::Str(bytes, part_encoding) = self.constant_parts(&nested.parts())? else {
                    return None;
                };
                if !bytes.is_ascii() || all.is_empty() {
                    encoding = part_encoding;
                }
                all.extend_from_slice(&bytes);
            }
        }
        Some(Literal::Str(all, encoding))
    }

    /// A new String of all parts.
    fn join(&mut self, parts: &NodeList<'pr>, dst: u16) -> Done {
        let mark = self.f().top();
        let (base, count) = self.strings(parts, true)?;
        self.emit(Op::Concat { dst: Dst(dst), base: Base(base), count: Count(count) });
        self.f().release(mark);
        Ok(())
    }

    /// The parts as Strings in a row of registers; `settles` puts the source's encoding before them.
    fn strings(&mut self, parts: &NodeList<'pr>, settles: bool) -> Result<(u16, u16), crate::CompileError> {
        let nodes: Vec<Node<'pr>> = parts.iter().collect();
        if nodes.len() < CHUNK {
            let base = self.f().top();
            let foreign =
                settles && !matches!(self.encoding, "UTF-8" | "US-ASCII") && nodes.first().is_none_or(|node| node.as_string_node().is_none());
            if foreign {
                // An empty literal settles the encoding of the result.
                let register = self.f().temp();
                self.load(Literal::Str(Vec::new(), self.encoding), register);
            }
            for node in &nodes {
                let register = self.f().temp();
                self.part(node, register)?;
            }
            return Ok((base, nodes.len() as u16 + u16::from(foreign)));
        }
        let whole = self.f().temp();
        let empty = self.literal(Literal::Str(Vec::new(), self.encoding));
        self.emit(Op::LoadLit { dst: Dst(whole), lit: empty });
        for chunk in nodes.chunks(CHUNK) {
            let base = self.f().temp();
            self.move_to(base, whole);
            for node in chunk {
                let register = self.f().temp();
                self.part(node, register)?;
            }
            let count = Count(chunk.len() as u16 + 1);
            self.emit(Op::Concat { dst: Dst(whole), base: Base(base), count });
            self.f().release(base);
        }
        Ok((whole, 1))
    }

    /// One part as a String.
    fn part(&mut self, node: &Node<'pr>, dst: u16) -> Done {
        if let Some(string) = node.as_string_node() {
            let literal = self.string_literal(&string);
            self.load(literal, dst);
            return Ok(());
        }
        if let Some(nested) = node.as_interpolated_string_node() {
            return match self.constant_parts(&nested.parts()) {
                Some(literal) => {
                    self.load(literal, dst);
                    Ok(())
                }
                None => self.join(&nested.parts(), dst),
            };
        }
        if let Some(embedded) = node.as_embedded_statements_node() {
            self.statements_or_nil(embedded.statements(), Some(dst))?;
        } else if let Some(embedded) = node.as_embedded_variable_node() {
            self.expr(&embedded.variable(), dst)?;
        } else {
            return self.expr(node, dst);
        }
        self.at(&node.location());
        let flags = CallFlags(CallFlags::PRIVATE_OK);
        let site = CallSite { name: b"to_s".to_vec(), flags, ..CallSite::default() };
        let site = self.site(SiteKind::Call(site));
        self.emit(Op::Interp { dst: Dst(dst), src: Src(dst), site });
        Ok(())
    }

    pub(super) fn xstring(&mut self, node: &prism::XStringNode<'pr>, dst: Option<u16>) -> Done {
        let dst = self.or_scratch(dst);
        let literal = Literal::Str(node.unescaped().to_vec(), self.encoding);
        let base = self.call_area(1);
        // The command's text is frozen: the literal itself.
        self.load(literal, base.saturating_add(FRAME_HEADER));
        self.command(dst, base);
        Ok(())
    }

    pub(super) fn interpolated_xstring(&mut self, node: &prism::InterpolatedXStringNode<'pr>, dst: Option<u16>) -> Done {
        let dst = self.or_scratch(dst);
        let base = self.call_area(1);
        self.join(&node.parts(), base.saturating_add(FRAME_HEADER))?;
        self.command(dst, base);
        Ok(())
    }

    fn command(&mut self, dst: u16, base: u16) {
        self.emit(Op::LoadSelf { dst: Dst(base.saturating_add(CALL_SELF)) });
        let flags = CallFlags(CallFlags::PRIVATE_OK);
        self.send(dst, base, CallSite { name: b"`".to_vec(), argc: 1, flags, ..CallSite::default() });
    }

    /// The Symbol of a symbol node.
    pub(crate) fn symbol_literal(&self, node: &prism::SymbolNode<'pr>) -> Literal {
        let bytes = node.unescaped();
        let encoding = if node.is_forced_us_ascii_encoding() || bytes.is_ascii() {
            "US-ASCII"
        } else if node.is_forced_utf8_encoding() {
            "UTF-8"
        } else if node.is_forced_binary_encoding() {
            "ASCII-8BIT"
        } else {
            self.encoding
        };
        Literal::Symbol(bytes.to_vec(), encoding)
    }

    pub(super) fn symbol_node(&mut self, node: &prism::SymbolNode<'pr>, dst: Option<u16>) -> Done {
        if let Some(dst) = dst {
            let literal = self.symbol_literal(node);
            self.load(literal, dst);
        }
        Ok(())
    }

    pub(super) fn interpolated_symbol(&mut self, node: &prism::InterpolatedSymbolNode<'pr>, dst: Option<u16>) -> Done {
        let dst = self.or_scratch(dst);
        self.join(&node.parts(), dst)?;
        self.emit(Op::Intern { dst: Dst(dst), src: Src(dst) });
        Ok(())
    }

    pub(super) fn regexp(&mut self, node: &prism::RegularExpressionNode<'pr>, dst: Option<u16>) -> Done {
        if let Some(dst) = dst {
            let (flags, encoding) = regexp_traits!(self, node);
            self.load(Literal::Regexp(node.unescaped().to_vec(), flags, encoding), dst);
        }
        Ok(())
    }

    pub(super) fn interpolated_regexp(&mut self, node: &prism::InterpolatedRegularExpressionNode<'pr>, dst: Option<u16>) -> Done {
        let (flags, encoding) = regexp_traits!(self, node);
        if let Some(source) = constant_parts(&node.parts()) {
            if let Some(dst) = dst {
                self.load(Literal::Regexp(source, flags, encoding), dst);
            }
            return Ok(());
        }
        let dst = self.or_scratch(dst);
        if !node.is_once() {
            return self.new_regexp(&node.parts(), flags, encoding, dst);
        }
        let location = node.location();
        self.open_function(Opening {
            kind: FunctionKind::Block,
            tag: ScopeTag::Once,
            location: &location,
            name: b"",
            locals: Vec::new(),
            plan: ParamPlan::default(),
        })?;
        let value = self.f().temp();
        self.new_regexp(&node.parts(), flags, encoding, value)?;
        let function = self.close_function(value)?;
        let child = self.f().b.child(function);
        let site = self.site(SiteKind::Once);
        self.emit(Op::Once { dst: Dst(dst), child: bytecode::operand::Child(child), site });
        Ok(())
    }

    fn new_regexp(&mut self, parts: &NodeList<'pr>, flags: RegexpFlags, encoding: &str, dst: u16) -> Done {
        let mark = self.f().top();
        let (base, count) = self.strings(parts, false)?;
        let forced = match encoding {
            _ if flags.0 & RegexpFlags::FIXED_ENCODING == 0 => 0,
            "EUC-JP" => RegexpFlags::FORCED_EUC_JP,
            "Windows-31J" => RegexpFlags::FORCED_WINDOWS_31J,
            _ => RegexpFlags::FORCED_UTF_8,
        };
        let options = self.literal(Literal::Int(i64::from(flags.0 | forced)));
        self.emit(Op::Regexp { dst: Dst(dst), base: Base(base), count: Count(count), options });
        self.f().release(mark);
        Ok(())
    }

    /// `if /x/`: the pattern against `$_`.
    pub(super) fn match_last_line(&mut self, node: &prism::MatchLastLineNode<'pr>, dst: Option<u16>) -> Done {
        let dst = self.or_scratch(dst);
        let (flags, encoding) = regexp_traits!(self, node);
        let pattern = self.f().temp();
        self.load(Literal::Regexp(node.unescaped().to_vec(), flags, encoding), pattern);
        self.match_line(pattern, dst);
        Ok(())
    }

    pub(super) fn interpolated_match_last_line(&mut self, node: &prism::InterpolatedMatchLastLineNode<'pr>, dst: Option<u16>) -> Done {
        let dst = self.or_scratch(dst);
        let (flags, encoding) = regexp_traits!(self, node);
        let pattern = self.f().temp();
        self.new_regexp(&node.parts(), flags, encoding, pattern)?;
        self.match_line(pattern, dst);
        Ok(())
    }

    fn match_line(&mut self, pattern: u16, dst: u16) {
        let line = self.f().temp();
        self.emit(Op::GetSpecial { dst: Dst(line), kind: Imm(bytecode::ENV_SLOT_LINE as i16) });
        self.send_simple(dst, pattern, b"=~", &[line], 0);
    }

    /// `/(?<name>..)/ =~ value`: the call, then each group into its variable.
    pub(super) fn match_write(&mut self, node: &prism::MatchWriteNode<'pr>, dst: Option<u16>) -> Done {
        let dst = self.or_scratch(dst);
        self.expr(&node.call().as_node(), dst)?;
        let (data, name, value) = (self.f().temp(), self.f().temp(), self.f().temp());
        self.emit(Op::GetSpecial { dst: Dst(data), kind: Imm(bytecode::ENV_SLOT_MATCH as i16) });
        let (unmatched, end) = (self.label(), self.label());
        self.emit(Op::JumpNil { src: Src(data), target: unmatched.jump() });
        let mut targets = Vec::new();
        for target in &node.targets() {
            let group = match target.as_local_variable_target_node() {
                Some(local) => local.name().as_slice().to_vec(),
                None => return Err(self.no_rule(&target)),
            };
            targets.push((self.target(&target)?, group));
        }
        for (target, group) in &targets {
            let lit = self.symbol(group);
            self.emit(Op::LoadLit { dst: Dst(name), lit });
            self.binary(b"[]", value, data, name, 0);
            self.store(target, value)?;
        }
        self.jump(end);
        self.bind(unmatched);
        self.load_nil(Some(value));
        for (target, _) in &targets {
            self.store(target, value)?;
        }
        self.bind(end);
        Ok(())
    }
}

/// The text of a pattern whose insertions are plain ASCII strings.
fn constant_parts(parts: &NodeList<'_>) -> Option<Vec<u8>> {
    let mut text = Vec::new();
    for part in parts {
        let string = match part.as_embedded_statements_node() {
            None => part.as_string_node()?,
            Some(inserted) => {
                let mut statements = inserted.statements()?.body().iter();
                let only = statements.next()?.as_string_node()?;
                if statements.next().is_some() {
                    return None;
                }
                only
            }
        };
        text.extend_from_slice(string.unescaped());
    }
    text.is_ascii().then_some(text)
}
