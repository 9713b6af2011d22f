//! Users and groups of the process: Process, Process::UID, Process::GID and Process::Sys.

use crate::errors::{check, raise_errno};
use macros::ruby_methods;
use std::ffi::CString;
use vm::{Block, RArray, RResult, RString, Value, Vm};

/// Leaves an id as it is.
const SAME: u32 = u32::MAX;
/// Most supplementary groups that a program may ask for.
const MOST_GROUPS: i64 = 65_536;

/// Modules; methods are defined by `GROUPS`.
pub fn init(vm: &mut Vm) {
    let process = vm.core.process;
    for name in ["UID", "GID", "Sys"] {
        vm.define_module_under(process, name);
    }
    vm.define_groups(&[Identity::GROUP, Users::GROUP, Groups::GROUP, Calls::GROUP]);
}

/// Users or groups: where their names are written, and the calls that set them.
struct Kind {
    file: &'static str,
    word: &'static str,
    set_all: fn(u32, u32, u32) -> std::io::Result<()>,
    real: fn() -> u32,
    effective: fn() -> u32,
}

const USER: Kind = Kind {
    file: "/etc/passwd",
    word: "user",
    set_all: crate::sys::set_users,
    real: || rustix::process::getuid().as_raw(),
    effective: || rustix::process::geteuid().as_raw(),
};

const GROUP: Kind = Kind {
    file: "/etc/group",
    word: "group",
    set_all: crate::sys::set_groups,
    real: || rustix::process::getgid().as_raw(),
    effective: || rustix::process::getegid().as_raw(),
};

impl Kind {
    /// The number of an id given as such or by its name.
    fn id(&self, vm: &mut Vm, given: Value) -> RResult<u32> {
        if given.as_fixnum().is_none()
            && let Some(name) = vm.try_to_str(given)?
        {
            return self.named(vm, name);
        }
        number(vm, given)
    }

    fn named(&self, vm: &mut Vm, name: RString) -> RResult<u32> {
        let list = std::fs::read(self.file).unwrap_or_default();
        let found = list.split(|&byte| byte == b'\n').find_map(|line| {
            let mut fields = line.split(|&byte| byte == b':');
            let own = fields.next()?;
            (own == name.bytes()).then(|| std::str::from_utf8(fields.nth(1)?).ok()?.parse().ok())?
        });
        let (word, text) = (self.word, name.to_text());
        found.ok_or_else(|| vm.argument_error(&format!("can't find {word} for {text}")))
    }

    fn set(&self, vm: &mut Vm, real: u32, effective: u32, saved: u32) -> RResult<()> {
        check(vm, (self.set_all)(real, effective, saved), "")
    }

    /// Works as the real id for a block, or from now on.
    fn switch(&self, vm: &mut Vm, block: Block) -> RResult {
        let (real, effective) = ((self.real)(), (self.effective)());
        if real == effective {
            return Err(raise_errno(vm, libc::EPERM, ""));
        }
        self.set(vm, SAME, real, SAME)?;
        if !block.is_some() {
            return Ok(Value::small(i64::from(effective)));
        }
        vm.ensure(|vm| block.call(vm, &[]), |vm| self.set(vm, SAME, effective, SAME))
    }
}

fn number(vm: &mut Vm, given: Value) -> RResult<u32> {
    let number = vm.to_i64(given)?;
    match u32::try_from(number) {
        Ok(id) => Ok(id),
        Err(_) if number == -1 => Ok(SAME),
        Err(_) => Err(vm.range_error(&format!("integer {number} too big to convert to 'unsigned int'"))),
    }
}

/// Ids of the process and its supplementary groups.
pub struct Identity;

#[ruby_methods("Process")]
impl Identity {
    #[module_function("uid")]
    fn uid(_vm: &mut Vm, _this: Value) -> i64 {
        i64::from((USER.real)())
    }

    #[module_function("euid")]
    fn euid(_vm: &mut Vm, _this: Value) -> i64 {
        i64::from((USER.effective)())
    }

    #[module_function("gid")]
    fn gid(_vm: &mut Vm, _this: Value) -> i64 {
        i64::from((GROUP.real)())
    }

    #[module_function("egid")]
    fn egid(_vm: &mut Vm, _this: Value) -> i64 {
        i64::from((GROUP.effective)())
    }

    #[module_function("uid=")]
    fn set_uid(vm: &mut Vm, _this: Value, user: Value) -> RResult {
        let id = USER.id(vm, user)?;
        USER.set(vm, id, SAME, SAME)?;
        Ok(user)
    }

    #[module_function("euid=")]
    fn set_euid(vm: &mut Vm, _this: Value, user: Value) -> RResult {
        let id = USER.id(vm, user)?;
        USER.set(vm, SAME, id, SAME)?;
        Ok(user)
    }

    #[module_function("gid=")]
    fn set_gid(vm: &mut Vm, _this: Value, group: Value) -> RResult {
        let id = GROUP.id(vm, group)?;
        GROUP.set(vm, id, SAME, SAME)?;
        Ok(group)
    }

    #[module_function("egid=")]
    fn set_egid(vm: &mut Vm, _this: Value, group: Value) -> RResult {
        let id = GROUP.id(vm, group)?;
        GROUP.set(vm, SAME, id, SAME)?;
        Ok(group)
    }

    #[module_function("groups")]
    fn groups(vm: &mut Vm, _this: Value) -> RResult<RArray> {
        let groups = rustix::process::getgroups().map_err(std::io::Error::from);
        let groups = check(vm, groups, "")?;
        let list = vm.new_array();
        for group in groups {
            vm.push(list, Value::small(i64::from(group.as_raw())))?;
        }
        Ok(list)
    }

    #[module_function("groups=")]
    fn set_groups(vm: &mut Vm, this: Value, groups: RArray) -> RResult<RArray> {
        let most = most_groups(vm);
        if groups.len() as i64 > most {
            return Err(vm.argument_error(&format!("too many groups, {most} max")));
        }
        let mut ids = Vec::new();
        for &group in vm.roots.values(groups.as_slice(&vm.heap)).iter() {
            ids.push(GROUP.id(vm, group)?);
        }
        check(vm, crate::sys::set_supplementary_groups(&ids), "")?;
        Self::groups(vm, this)
    }

    #[module_function("initgroups")]
    fn init_groups(vm: &mut Vm, this: Value, user: RString, group: Value) -> RResult<RArray> {
        let group = number(vm, group)?;
        let Ok(name) = CString::new(user.bytes()) else { return Err(vm.argument_error("string contains null byte")) };
        check(vm, crate::sys::use_groups_of(&name, group), "")?;
        Self::groups(vm, this)
    }

    #[module_function("maxgroups")]
    fn most(vm: &mut Vm, _this: Value) -> i64 {
        most_groups(vm)
    }

    #[module_function("maxgroups=")]
    fn set_most(vm: &mut Vm, this: Value, count: i64) -> RResult<i64> {
        if count <= 0 {
            return Err(vm.argument_error(&format!("maxgroups {count} should be positive")));
        }
        vm.extension::<Most>().0 = Some(count.min(MOST_GROUPS));
        Ok(Self::most(vm, this))
    }
}

/// What the program said that the most groups are.
#[derive(Default)]
struct Most(Option<i64>);

impl vm::vm::Extension for Most {
    fn trace(&self, _tracer: &mut heap::Tracer<'_>) {}
}

fn most_groups(vm: &mut Vm) -> i64 {
    vm.extension::<Most>().0.unwrap_or(MOST_GROUPS)
}

/// Process::UID.
pub struct Users;

#[ruby_methods("Process::UID")]
impl Users {
    #[module_function("rid")]
    fn real(_vm: &mut Vm, _this: Value) -> i64 {
        i64::from((USER.real)())
    }

    #[module_function("eid")]
    fn effective(_vm: &mut Vm, _this: Value) -> i64 {
        i64::from((USER.effective)())
    }

    #[module_function("change_privilege")]
    fn change(vm: &mut Vm, _this: Value, user: Value) -> RResult {
        let id = USER.id(vm, user)?;
        USER.set(vm, id, id, id)?;
        Ok(user)
    }

    #[module_function("grant_privilege")]
    fn grant(vm: &mut Vm, _this: Value, user: Value) -> RResult {
        let id = USER.id(vm, user)?;
        USER.set(vm, SAME, id, SAME)?;
        Ok(user)
    }

    #[singleton("eid=")]
    fn set_effective(vm: &mut Vm, this: Value, user: Value) -> RResult {
        Self::grant(vm, this, user)
    }

    #[module_function("re_exchange")]
    fn exchange(vm: &mut Vm, _this: Value) -> RResult<i64> {
        let (real, effective) = ((USER.real)(), (USER.effective)());
        USER.set(vm, effective, real, real)?;
        Ok(i64::from(real))
    }

    #[module_function("re_exchangeable?", "sid_available?")]
    fn is_exchangeable(_vm: &mut Vm, _this: Value) -> bool {
        true
    }

    #[module_function("switch")]
    fn switch(vm: &mut Vm, _this: Value, block: Block) -> RResult {
        USER.switch(vm, block)
    }

    #[module_function("from_name")]
    fn from_name(vm: &mut Vm, _this: Value, name: RString) -> RResult<i64> {
        USER.named(vm, name).map(i64::from)
    }
}

/// Process::GID.
pub struct Groups;

#[ruby_methods("Process::GID")]
impl Groups {
    #[module_function("rid")]
    fn real(_vm: &mut Vm, _this: Value) -> i64 {
        i64::from((GROUP.real)())
    }

    #[module_function("eid")]
    fn effective(_vm: &mut Vm, _this: Value) -> i64 {
        i64::from((GROUP.effective)())
    }

    #[module_function("change_privilege")]
    fn change(vm: &mut Vm, _this: Value, group: Value) -> RResult {
        let id = GROUP.id(vm, group)?;
        GROUP.set(vm, id, id, id)?;
        Ok(group)
    }

    #[module_function("grant_privilege")]
    fn grant(vm: &mut Vm, _this: Value, group: Value) -> RResult {
        let id = GROUP.id(vm, group)?;
        GROUP.set(vm, SAME, id, SAME)?;
        Ok(group)
    }

    #[singleton("eid=")]
    fn set_effective(vm: &mut Vm, this: Value, group: Value) -> RResult {
        Self::grant(vm, this, group)
    }

    #[module_function("re_exchange")]
    fn exchange(vm: &mut Vm, _this: Value) -> RResult<i64> {
        let (real, effective) = ((GROUP.real)(), (GROUP.effective)());
        GROUP.set(vm, effective, real, real)?;
        Ok(i64::from(real))
    }

    #[module_function("re_exchangeable?", "sid_available?")]
    fn is_exchangeable(_vm: &mut Vm, _this: Value) -> bool {
        true
    }

    #[module_function("switch")]
    fn switch(vm: &mut Vm, _this: Value, block: Block) -> RResult {
        GROUP.switch(vm, block)
    }

    #[module_function("from_name")]
    fn from_name(vm: &mut Vm, _this: Value, name: RString) -> RResult<i64> {
        GROUP.named(vm, name).map(i64::from)
    }
}

/// Process::Sys: the system's calls as they are.
pub struct Calls;

#[ruby_methods("Process::Sys")]
impl Calls {
    #[module_function("getuid")]
    fn getuid(_vm: &mut Vm, _this: Value) -> i64 {
        i64::from((USER.real)())
    }

    #[module_function("geteuid")]
    fn geteuid(_vm: &mut Vm, _this: Value) -> i64 {
        i64::from((USER.effective)())
    }

    #[module_function("getgid")]
    fn getgid(_vm: &mut Vm, _this: Value) -> i64 {
        i64::from((GROUP.real)())
    }

    #[module_function("getegid")]
    fn getegid(_vm: &mut Vm, _this: Value) -> i64 {
        i64::from((GROUP.effective)())
    }

    #[module_function("setuid")]
    fn setuid(vm: &mut Vm, _this: Value, user: Value) -> RResult<()> {
        let id = USER.id(vm, user)?;
        check(vm, crate::sys::set_user(id), "")
    }

    #[module_function("setgid")]
    fn setgid(vm: &mut Vm, _this: Value, group: Value) -> RResult<()> {
        let id = GROUP.id(vm, group)?;
        check(vm, crate::sys::set_group(id), "")
    }

    #[module_function("seteuid")]
    fn seteuid(vm: &mut Vm, _this: Value, user: Value) -> RResult<()> {
        let id = USER.id(vm, user)?;
        USER.set(vm, SAME, id, SAME)
    }

    #[module_function("setegid")]
    fn setegid(vm: &mut Vm, _this: Value, group: Value) -> RResult<()> {
        let id = GROUP.id(vm, group)?;
        GROUP.set(vm, SAME, id, SAME)
    }

    #[module_function("setreuid")]
    fn setreuid(vm: &mut Vm, _this: Value, real: Value, effective: Value) -> RResult<()> {
        let (real, effective) = (USER.id(vm, real)?, USER.id(vm, effective)?);
        check(vm, crate::sys::set_real_and_effective_user(real, effective), "")
    }

    #[module_function("setregid")]
    fn setregid(vm: &mut Vm, _this: Value, real: Value, effective: Value) -> RResult<()> {
        let (real, effective) = (GROUP.id(vm, real)?, GROUP.id(vm, effective)?);
        check(vm, crate::sys::set_real_and_effective_group(real, effective), "")
    }

    #[module_function("setresuid")]
    fn setresuid(vm: &mut Vm, _this: Value, real: Value, effective: Value, saved: Value) -> RResult<()> {
        let (real, effective, saved) = (USER.id(vm, real)?, USER.id(vm, effective)?, USER.id(vm, saved)?);
        USER.set(vm, real, effective, saved)
    }

    #[module_function("setresgid")]
    fn setresgid(vm: &mut Vm, _this: Value, real: Value, effective: Value, saved: Value) -> RResult<()> {
        let (real, effective, saved) = (GROUP.id(vm, real)?, GROUP.id(vm, effective)?, GROUP.id(vm, saved)?);
        GROUP.set(vm, real, effective, saved)
    }

    #[module_function("setruid", effects = "absent, raises")]
    fn setruid(vm: &mut Vm, _this: Value, _user: Value) -> RResult {
        Err(vm.not_implemented("Process::Sys.setruid"))
    }

    #[module_function("setrgid", effects = "absent, raises")]
    fn setrgid(vm: &mut Vm, _this: Value, _group: Value) -> RResult {
        Err(vm.not_implemented("Process::Sys.setrgid"))
    }

    #[module_function("issetugid", effects = "absent, raises")]
    fn issetugid(vm: &mut Vm, _this: Value) -> RResult {
        Err(vm.not_implemented("Process::Sys.issetugid"))
    }
}
