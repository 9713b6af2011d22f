//! The instruction set: one row an operation, expanded into everything that must agree on it.
//!
//! An instruction is a sequence of 16-bit units: the opcode, then its operands in row order. A
//! `u32` operand takes two units, low half first. Sixteen-bit units decode with one load and no
//! shifting, and need no wide forms: 65,535 registers are enough for any frame.
//!
//! Operand kinds:
//! - `Dst` register written, `Src` register read, `Mod` register read and written (a container)
//! - `Base` first register of a call area or of a run of values (see `CallSite` for the layout)
//! - `Imm` signed 16-bit number, `Count` unsigned 16-bit number
//! - `Lit` index into the literals, `Site` index into the sites, `Child` index into the children
//! - `Jump` absolute unit index of an instruction of the same function
//!
//! Behind the operands stand the effects, see `Effects`: of the frame's registers in memory and of what the operands name they say
//! nothing.
//!
//! Every operation can be run again from its start as long as it has not completed: results are
//! written last. `r[x]` is register x of the frame; `fp[-1]` is self, `fp[-2]` the frame's block.

use crate::effects::Effects;

/// Calls `$callback!` with the rows of the instruction table.
#[macro_export]
macro_rules! for_each_op {
    ($callback:path) => {
        $callback! {
            /// Does nothing.
            nop = Nop {} [];
            /// Counts the probe `high << 16 | low` for the library coverage.
            cover = Cover { high: Count, low: Count } [];
            /// `r[dst] = nil`
            load_nil = LoadNil { dst: Dst } [];
            /// `r[dst] = true`
            load_true = LoadTrue { dst: Dst } [];
            /// `r[dst] = false`
            load_false = LoadFalse { dst: Dst } [];
            /// `r[dst] = self`
            load_self = LoadSelf { dst: Dst } [];
            /// `r[dst] = undef`, the marker of an argument that was not given; never visible to Ruby.
            load_undef = LoadUndef { dst: Dst } [];
            /// `r[dst] = value` for small integers.
            load_int = LoadInt { dst: Dst, value: Imm } [];
            /// `r[dst] = literals[lit]`: an immediate or frozen literal, always the same object.
            load_lit = LoadLit { dst: Dst, lit: Lit } [];
            /// `r[dst] = r[src]`
            move_ = Move { dst: Dst, src: Src } [];
            /// `r[dst]` = a new String with the bytes of `literals[lit]` (unfrozen).
            string = Str { dst: Dst, lit: Lit } [allocates, raises];
            /// As `string`, but chilled: mutation warns under -W:deprecated.
            string_chilled = StrChilled { dst: Dst, lit: Lit } [allocates, raises];
            /// `r[dst]` = String for interpolation of `r[src]`: a String as is, else its `to_s`
            /// through `site`, else the default `#<Class>` text when `to_s` gives no String.
            interp = Interp { dst: Dst, src: Src, site: Site } [any];
            /// `r[dst]` = new String joining `count` Strings in `r[base..]`.
            concat = Concat { dst: Dst, base: Base, count: Count } [allocates, raises];
            /// `r[dst]` = the Symbol named by String `r[src]`.
            intern = Intern { dst: Dst, src: Src } [allocates, raises];
            /// `r[dst]` = new Regexp from `count` Strings in `r[base..]`; `literals[options]` is an
            /// Int of `RegexpFlags`.
            regexp = Regexp { dst: Dst, base: Base, count: Count, options: Lit } [any];
            /// `r[dst]` = value of child block `child`, run with the frame's self and env at the
            /// first execution and remembered in `site` (the `o` flag of regexps).
            once = Once { dst: Dst, child: Child, site: Site } [any, looks_at_caller];
            /// `r[dst]` = new Array of `count` values in `r[base..]`.
            array = Array { dst: Dst, base: Base, count: Count } [allocates, raises];
            /// Appends `r[src]` to Array `r[array]` (fresh, owned by the code).
            array_push = ArrayPush { array: Mod, src: Src } [allocates, raises, writes_arrays];
            /// Appends the elements of `*r[src]` (its `to_a`; nil gives none) to fresh Array `r[array]`.
            array_concat = ArrayConcat { array: Mod, src: Src } [any];
            /// `r[dst]` = new Array of `*r[src]`.
            splat = Splat { dst: Dst, src: Src } [any];
            /// As `splat`, for a call that takes the elements out before other code runs: an Array is passed as it is.
            spread = Spread { dst: Dst, src: Src } [any];
            /// `r[dst]` = new Hash of `count` key/value pairs in `r[base..]`.
            hash = Hash { dst: Dst, base: Base, count: Count } [any];
            /// Stores a pair into fresh Hash `r[hash]` (String keys are copied and frozen).
            hash_set = HashSet { hash: Mod, key: Src, value: Src } [any];
            /// Merges `**r[src]` (its `to_hash`; nil gives none) into fresh Hash `r[hash]`.
            hash_merge = HashMerge { hash: Mod, src: Src } [any];
            /// `r[dst] = r[low]..r[high]`, or `...` when `exclusive` is 1.
            range = Range { dst: Dst, low: Src, high: Src, exclusive: Imm } [any];
            /// Destructures `r[src]` (an Array, its `to_ary`, or else a list of itself): `pre` values
            /// into `r[base..]`; with `splat` 1 an Array of the middle into the next register; `post`
            /// values behind. Missing values are nil. `r[base..]` may not overlap `src`.
            expand = Expand { base: Base, src: Src, pre: Count, splat: Imm, post: Count } [any];

            /// Opens the function's environment in `r[base..]` (`ENV_HEADER` words and `slots`
            /// slots, set to nil). First instruction of a function that has an environment.
            enter_env = EnterEnv { base: Base, slots: Count } [writes_variables];
            /// The environment just opened belongs to the Binding that the text is evaluated in, if there is one.
            publish_env = PublishEnv {} [allocates, raises, looks_at_caller];
            /// `r[dst]` = slot of the environment `depth` hops outwards from the frame's environment word: 0 is
            /// the frame's own, or in functions without one the nearest around.
            get_env = GetEnv { dst: Dst, depth: Count, slot: Count } [reads_variables];
            /// Writes a slot of the environment `depth` hops outwards, counted as in `get_env`.
            set_env = SetEnv { depth: Count, slot: Count, src: Src } [writes_variables];
            /// `r[dst] = @name` of `sites[site]`.
            get_ivar = GetIvar { dst: Dst, site: Site } [any];
            /// `@name = r[src]`
            set_ivar = SetIvar { site: Site, src: Src } [any];
            /// `r[dst] = $name`; `literals[name]` is a Symbol.
            get_global = GetGlobal { dst: Dst, name: Lit } [any];
            /// `$name = r[src]`
            set_global = SetGlobal { name: Lit, src: Src } [any];
            /// `r[dst] = @@name`
            get_cvar = GetCvar { dst: Dst, name: Lit } [any];
            /// `@@name = r[src]`
            set_cvar = SetCvar { name: Lit, src: Src } [any];
            /// `r[dst]` = constant found lexically, then by ancestry, then `const_missing`.
            get_const = GetConst { dst: Dst, site: Site } [any];
            /// `r[dst] = r[scope]::Name`
            get_const_from = GetConstFrom { dst: Dst, scope: Src, site: Site } [any];
            /// `r[dst] = ::Name`
            get_const_top = GetConstTop { dst: Dst, site: Site } [any];
            /// `r[scope]::Name = r[src]`; TypeError when the scope is no module.
            set_const = SetConst { scope: Src, name: Lit, src: Src } [any];
            /// `r[dst]` = the innermost lexical class or module (where constants are defined).
            load_cbase = LoadCbase { dst: Dst } [reads_other];
            /// `r[dst]` = a part of the frame-local `$~`: n > 0 group n (`$1`), 0 `$&`, -1 `` $` ``,
            /// -2 `$'`, -3 `$+`.
            backref = Backref { dst: Dst, kind: Imm } [allocates, raises, reads_variables, reads_other];
            /// `r[dst]` = frame-local special: 0 `$~`, 1 `$_`.
            get_special = GetSpecial { dst: Dst, kind: Imm } [reads_variables];
            /// Sets a frame-local special: 0 `$~`, 1 `$_`.
            set_special = SetSpecial { kind: Imm, src: Src } [any];

            /// Goes to `target`.
            jump = Jump { target: Jump } [ends];
            /// Goes to `target` when `r[cond]` is neither nil nor false.
            jump_if = JumpIf { cond: Src, target: Jump } [];
            /// Goes to `target` when `r[cond]` is nil or false.
            jump_unless = JumpUnless { cond: Src, target: Jump } [];
            /// Goes to `target` when `r[src]` is nil.
            jump_nil = JumpNil { src: Src, target: Jump } [];
            /// Goes to `target` when `r[src]` is not undef (the argument was given).
            jump_given = JumpGiven { src: Src, target: Jump } [];
            /// Fused `if r[a] < r[b]`: goes to `target` when the comparison is true.
            jump_lt = JumpLt { a: Src, b: Src, target: Jump, site: Site } [any];
            /// As `jump_lt` with `<=`.
            jump_le = JumpLe { a: Src, b: Src, target: Jump, site: Site } [any];
            /// As `jump_lt` with `>`.
            jump_gt = JumpGt { a: Src, b: Src, target: Jump, site: Site } [any];
            /// As `jump_lt` with `>=`.
            jump_ge = JumpGe { a: Src, b: Src, target: Jump, site: Site } [any];
            /// As `jump_lt` with `==`.
            jump_eq = JumpEq { a: Src, b: Src, target: Jump, site: Site } [any];
            /// Goes to `target` when `r[a] < r[b]` is false or nil (not the same as `>=`: NaN).
            jump_not_lt = JumpNotLt { a: Src, b: Src, target: Jump, site: Site } [any];
            /// As `jump_not_lt` with `<=`.
            jump_not_le = JumpNotLe { a: Src, b: Src, target: Jump, site: Site } [any];
            /// As `jump_not_lt` with `>`.
            jump_not_gt = JumpNotGt { a: Src, b: Src, target: Jump, site: Site } [any];
            /// As `jump_not_lt` with `>=`.
            jump_not_ge = JumpNotGe { a: Src, b: Src, target: Jump, site: Site } [any];
            /// As `jump_not_lt` with `==`.
            jump_not_eq = JumpNotEq { a: Src, b: Src, target: Jump, site: Site } [any];
            /// Loop header: polls for interrupts and counts turns; an OSR entry point.
            loop_header = LoopHeader { site: Site } [any];
            /// Leaves the frame with `r[src]`: the value of a method, or `next` of a block.
            return_ = Return { src: Src } [raises, ends];
            /// `return` inside a block: leaves the method `depth` scopes up (a lambda in between
            /// takes it instead). LocalJumpError when that activation has ended.
            return_outer = ReturnOuter { src: Src, depth: Count } [any, looks_at_caller, ends];
            /// `return` in the body of `class << x`: leaves the method that runs the body.
            return_body = ReturnBody { src: Src } [any, looks_at_caller, ends];
            /// `break` of a block: ends the call that the block was given to with `r[src]`; in a
            /// lambda as `return_`. LocalJumpError when the call has ended.
            break_ = Break { src: Src } [any, looks_at_caller, ends];

            /// `r[dst]` = result of the call described by `site`; see `CallSite` for the area.
            send = Send { dst: Dst, base: Base, site: Site } [any];
            /// As `send`, to the next method up the ancestry of the running method.
            send_super = SendSuper { dst: Dst, base: Base, site: Site } [any];
            /// Calls the block of the method-level frame (through `site.depth` scopes).
            yield_ = Yield { dst: Dst, base: Base, site: Site } [any];
            /// `r[dst]` = Proc of the block that this frame was given, or nil (a `&blk` parameter).
            block_param = BlockParam { dst: Dst } [any, looks_at_caller];
            /// `r[dst]` = Proc of the block of the method-level frame `depth` scopes up, or nil
            /// (anonymous `&` forwarding inside blocks, zsuper).
            method_block = MethodBlock { dst: Dst, depth: Count } [any, looks_at_caller];
            /// `r[dst]` = lambda of child `child` (`-> {}`).
            lambda = Lambda { dst: Dst, child: Child } [any, looks_at_caller];

            /// `def name`: defines child `child` in the default definee; `r[dst] = :name`.
            def_method = DefMethod { dst: Dst, name: Lit, child: Child } [any];
            /// `def r[object].name`; `r[dst] = :name`.
            def_singleton = DefSingleton { dst: Dst, object: Src, name: Lit, child: Child } [any];
            /// `class r[scope]::Name < r[superclass]` and runs its body; superclass undef = none
            /// written. `r[dst]` = value of the body.
            def_class = DefClass { dst: Dst, scope: Src, superclass: Src, name: Lit, child: Child } [any];
            /// `module r[scope]::Name` and runs its body.
            def_module = DefModule { dst: Dst, scope: Src, name: Lit, child: Child } [any];
            /// `class << r[object]` and runs its body.
            singleton_class = SingletonClass { dst: Dst, object: Src, child: Child } [any, looks_at_caller];
            /// `alias r[new_name] r[old_name]` (Symbols).
            alias_method = AliasMethod { new_name: Src, old_name: Src } [any];
            /// `alias $new_name $old_name`
            alias_global = AliasGlobal { new_name: Lit, old_name: Lit } [any];
            /// `undef r[name]`
            undef_method = UndefMethod { name: Src } [any];
            /// `END { }`: registers child `child` once (per `site`) to run at exit.
            at_exit = AtExit { child: Child, site: Site } [any, looks_at_caller];
            /// `r[dst]` = true or nil: is the thing of `kind` (`DefinedKind`) defined; `name` a Symbol
            /// literal, `src` a receiver or scope where the kind needs one.
            defined = Defined { dst: Dst, kind: Imm, name: Lit, src: Src } [any, looks_at_caller];

            /// `r[dst]` = true when exception `r[exception]` is rescued by `r[class]` (`===`);
            /// TypeError when that is no class or module.
            rescue_match = RescueMatch { dst: Dst, exception: Src, class: Src } [any];
            /// As `rescue_match` for each element of splatted Array `r[classes]`.
            rescue_match_any = RescueMatchAny { dst: Dst, exception: Src, classes: Src } [any];
            /// `r[dst] = $!`
            get_errinfo = GetErrinfo { dst: Dst } [reads_other];
            /// `$! = r[src]` (nil or an exception; leaving a rescue clause).
            set_errinfo = SetErrinfo { src: Src } [writes_other];
            /// Goes on with what a handler caught into `r[src]` (exception, break, return, throw).
            rethrow = Rethrow { src: Src } [raises, ends];

            /// `r[dst] = r[a] + r[b]`; like all operators below fast for Integer and Float, else a
            /// call through `site`.
            add = Add { dst: Dst, a: Src, b: Src, site: Site } [any];
            /// `-`
            sub = Sub { dst: Dst, a: Src, b: Src, site: Site } [any];
            /// `*`
            mul = Mul { dst: Dst, a: Src, b: Src, site: Site } [any];
            /// `/`
            div = Div { dst: Dst, a: Src, b: Src, site: Site } [any];
            /// `%`
            rem = Rem { dst: Dst, a: Src, b: Src, site: Site } [any];
            /// `**`
            pow = Pow { dst: Dst, a: Src, b: Src, site: Site } [any];
            /// `r[dst] = r[a] + value`
            add_imm = AddImm { dst: Dst, a: Src, value: Imm, site: Site } [any];
            /// `r[dst] = r[a] - value`
            sub_imm = SubImm { dst: Dst, a: Src, value: Imm, site: Site } [any];
            /// `&`
            and = And { dst: Dst, a: Src, b: Src, site: Site } [any];
            /// `|`
            or = Or { dst: Dst, a: Src, b: Src, site: Site } [any];
            /// `^`
            xor = Xor { dst: Dst, a: Src, b: Src, site: Site } [any];
            /// `<<` (also Array and String append)
            shl = Shl { dst: Dst, a: Src, b: Src, site: Site } [any];
            /// `>>`
            shr = Shr { dst: Dst, a: Src, b: Src, site: Site } [any];
            /// `<`
            lt = Lt { dst: Dst, a: Src, b: Src, site: Site } [any];
            /// `<=`
            le = Le { dst: Dst, a: Src, b: Src, site: Site } [any];
            /// `>`
            gt = Gt { dst: Dst, a: Src, b: Src, site: Site } [any];
            /// `>=`
            ge = Ge { dst: Dst, a: Src, b: Src, site: Site } [any];
            /// `==`
            eq = Eq { dst: Dst, a: Src, b: Src, site: Site } [any];
            /// `!=`
            neq = Neq { dst: Dst, a: Src, b: Src, site: Site } [any];
            /// `r[dst] = r[pattern] === r[value]` (case/when, `in` value patterns).
            case_eq = CaseEq { dst: Dst, pattern: Src, value: Src, site: Site } [any];
            /// `r[dst]` = true when any element of splatted Array `r[patterns]` is `===` the value;
            /// `r[value]` undef tests the elements' truth (case without subject).
            case_eq_any = CaseEqAny { dst: Dst, patterns: Src, value: Src, site: Site } [any];
            /// Unary minus.
            neg = Neg { dst: Dst, a: Src, site: Site } [any];
            /// `!r[a]`
            not = Not { dst: Dst, a: Src, site: Site } [any];
            /// `r[dst] = r[a][r[b]]`
            index = Index { dst: Dst, a: Src, b: Src, site: Site } [any];
            /// `r[a][r[b]] = r[value]`
            index_set = IndexSet { a: Src, b: Src, value: Src, site: Site } [any];

            /// Array pattern: `r[dst]` = `r[src].deconstruct` (an Array; TypeError otherwise), or nil
            /// when it does not respond to it.
            deconstruct = Deconstruct { dst: Dst, src: Src } [any];
            /// Hash pattern: `r[dst]` = `r[src].deconstruct_keys(r[keys])` (a Hash; TypeError
            /// otherwise), or nil when it does not respond to it. `r[keys]` is an Array or nil.
            deconstruct_keys = DeconstructKeys { dst: Dst, src: Src, keys: Src } [any];
            /// `r[dst]` = true when Hash `r[hash]` has key `literals[key]`.
            hash_has_key = HashHasKey { dst: Dst, hash: Src, key: Lit } [any];
            /// `r[dst]` = value of key `literals[key]` in Hash `r[hash]` (by `[]` of a real Hash).
            hash_get = HashGet { dst: Dst, hash: Src, key: Lit } [any];
            /// `r[dst]` = copy of Hash `r[hash]` without the Symbol keys in Array `literals[keys]`.
            hash_except = HashExcept { dst: Dst, hash: Src, keys: Lit } [any];
            /// `r[dst]` = `r[array].size` as Integer (of a real Array, from `deconstruct`).
            array_size = ArraySize { dst: Dst, array: Src } [raises, reads_arrays];
            /// `r[dst]` = element `index` of Array `r[array]`; negative counts from the end.
            array_get = ArrayGet { dst: Dst, array: Src, index: Imm } [raises, reads_arrays];
            /// `r[dst]` = Array of elements `r[from]`, `r[count]` (Integers) of Array `r[array]`.
            array_slice = ArraySlice { dst: Dst, array: Src, from: Src, count: Src } [allocates, raises, reads_arrays];
            /// Raises NoMatchingPatternError for `r[src]`, or NoMatchingPatternKeyError. `r[reason]` is nil or the number
            /// of a `MatchFault` that explains it with `r[left]` and `r[right]`.
            no_match = NoMatch { src: Src, reason: Src, left: Src, right: Src } [any, ends];
            /// Reports an event and does what the function has at this place. Only ever in the units that run.
            trace = Trace {} [any];
            /// Runs primitive `literals[name]` (prelude only; names in the VM's primitive table) on
            /// `count` values in `r[base..]`.
            primitive = Primitive { dst: Dst, name: Lit, base: Base, count: Count } [any];
            /// `primitive` for `is_fixnum`, apart for the interpreter's sake; so are the following.
            prim_is_fixnum = PrimIsFixnum { dst: Dst, name: Lit, base: Base, count: Count } [any];
            /// `primitive` for `integer_add`.
            prim_integer_add = PrimIntegerAdd { dst: Dst, name: Lit, base: Base, count: Count } [any];
            /// `primitive` for `integer_sub`.
            prim_integer_sub = PrimIntegerSub { dst: Dst, name: Lit, base: Base, count: Count } [any];
            /// `primitive` for `integer_lt`.
            prim_integer_lt = PrimIntegerLt { dst: Dst, name: Lit, base: Base, count: Count } [any];
            /// `primitive` for `integer_le`.
            prim_integer_le = PrimIntegerLe { dst: Dst, name: Lit, base: Base, count: Count } [any];
            /// `primitive` for `array_size`.
            prim_array_size = PrimArrayLength { dst: Dst, name: Lit, base: Base, count: Count } [any];
            /// `primitive` for `array_get`.
            prim_array_get = PrimArrayAt { dst: Dst, name: Lit, base: Base, count: Count } [any];
            /// `primitive` for `array_push`.
            prim_array_push = PrimArrayAppend { dst: Dst, name: Lit, base: Base, count: Count } [any];
        }
    };
}

macro_rules! define_opcodes {
    ($( $(#[doc = $doc:literal])+ $name:ident = $camel:ident { $($field:ident : $kind:ident),* $(,)? } [$($effect:ident),*];)*) => {
        /// The number of an operation; the first unit of its instruction.
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
        #[repr(u16)]
        pub enum Opcode { $( $(#[doc = $doc])+ $camel ),* }

        /// A decoded instruction.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum Op { $( $(#[doc = $doc])+ $camel { $( #[doc = stringify!($kind)] $field: crate::operand::$kind ),* } ),* }

        /// All rows of the table, in opcode order.
        pub const OPS: &[crate::operand::OpInfo] = &[ $( crate::operand::OpInfo {
            name: stringify!($name),
            doc: concat!($($doc, "\n"),+),
            operands: &[ $( (stringify!($field), crate::operand::OperandKind::$kind) ),* ],
            effects: Effects::pure$(.and(Effects::$effect))*,
        } ),* ];

        const ALL: &[Opcode] = &[ $( Opcode::$camel ),* ];

        impl Opcode {
            /// The opcode with this number, if there is one.
            pub fn from_unit(unit: u16) -> Option<Opcode> { ALL.get(unit as usize).copied() }

            /// The row.
            pub fn info(self) -> &'static crate::operand::OpInfo { &OPS[self as usize] }

            /// What it does besides computing.
            pub fn effects(self) -> Effects { self.info().effects }
        }

        impl Op {
            /// The operation's number.
            pub fn opcode(&self) -> Opcode { match self { $( Op::$camel { .. } => Opcode::$camel ),* } }

            /// Decodes the instruction at `pc`; None when the opcode or an operand is missing.
            /// Returns the operation and the index of the next instruction.
            #[allow(unused_mut, unused_variables, unused_assignments, reason = "operations without operands")]
            pub fn decode(code: &[u16], pc: usize) -> Option<(Op, usize)> {
                let opcode = Opcode::from_unit(*code.get(pc)?)?;
                let mut at = pc + 1;
                match opcode { $( Opcode::$camel => {
                    $( let $field = <crate::operand::$kind as crate::operand::Operand>::decode(code, &mut at)?; )*
                    Some((Op::$camel { $($field),* }, at))
                } )* }
            }

            /// Appends the instruction's units to `code`.
            pub fn encode(&self, code: &mut Vec<u16>) {
                code.push(self.opcode() as u16);
                match *self { $( Op::$camel { $($field),* } => {
                    $( crate::operand::Operand::encode($field, code); )*
                } )* }
            }

            /// Calls `visit` with each operand's field name and printed, kinded value in row order.
            #[allow(unused_variables, reason = "operations without operands")]
            pub fn each_operand(&self, visit: &mut dyn FnMut(&'static str, crate::operand::AnyOperand)) {
                match *self { $( Op::$camel { $($field),* } => {
                    $( visit(stringify!($field), crate::operand::Operand::any($field)); )*
                } )* }
            }
        }
    };
}

for_each_op!(define_opcodes);
