# RbConfig: the installation as programs and RubyGems ask for it. Folders derive from the prefix as they do in CRuby.
CROSS_COMPILING = nil unless defined? CROSS_COMPILING

module RbConfig
  prefix, bindir, name = Primitive.installation
  TOPDIR = prefix
  DESTDIR = ""
  cpu = RUBY_PLATFORM[/\A[^-]+/]
  major, minor, teeny = RUBY_VERSION.split(".")

  # Values may name others as `$(name)`.
  MAKEFILE_CONFIG = {
    "DESTDIR" => DESTDIR,
    "MAJOR" => major,
    "MINOR" => minor,
    "TEENY" => teeny,
    "PATCHLEVEL" => RUBY_PATCHLEVEL.to_s,
    "ruby_version" => "#{major}.#{minor}.0",
    "RUBY_API_VERSION" => "$(MAJOR).$(MINOR)",
    "RUBY_PROGRAM_VERSION" => "$(MAJOR).$(MINOR).$(TEENY)",
    "RUBY_BASE_NAME" => "ruby",
    "RUBY_VERSION_NAME" => "$(RUBY_BASE_NAME)-$(ruby_version)",
    "RUBY_LIB_VERSION_STYLE" => "3\t/* full */",
    "ruby_install_name" => name,
    "RUBY_INSTALL_NAME" => name,
    "RUBY_SO_NAME" => "maglev",
    "RUBYW_INSTALL_NAME" => "",
    "rubyw_install_name" => "",
    "RI_BASE_NAME" => "ri",
    "PACKAGE" => "ruby",
    "PACKAGE_NAME" => "",
    "PACKAGE_VERSION" => "",
    "EXEEXT" => "",
    "EXECUTABLE_EXTS" => "",
    "OBJEXT" => "o",
    "LIBEXT" => "a",
    "DLEXT" => "so",
    "SOEXT" => "so",
    "ASMEXT" => "S",
    "LIBRUBY" => "",
    "LIBRUBY_SO" => "lib$(RUBY_SO_NAME).$(SOEXT).$(RUBY_PROGRAM_VERSION)",
    "LIBRUBYARG" => "",
    "ENABLE_SHARED" => "no",
    "EXTSTATIC" => "static",
    "PATH_SEPARATOR" => ":",
    "SHELL" => "/bin/sh",
    "prefix" => prefix,
    "exec_prefix" => "$(prefix)",
    "bindir" => bindir,
    "sbindir" => "$(exec_prefix)/sbin",
    "libexecdir" => "$(exec_prefix)/libexec",
    "libdir" => "$(exec_prefix)/lib",
    "libdirname" => "libdir",
    "includedir" => "$(prefix)/include",
    "oldincludedir" => "/usr/include",
    "datarootdir" => "$(prefix)/share",
    "datadir" => "$(datarootdir)",
    "mandir" => "$(datarootdir)/man",
    "MANTYPE" => "doc",
    "infodir" => "$(datarootdir)/info",
    "localedir" => "$(datarootdir)/locale",
    "docdir" => "$(datarootdir)/doc/$(PACKAGE)",
    "htmldir" => "$(docdir)",
    "dvidir" => "$(docdir)",
    "pdfdir" => "$(docdir)",
    "psdir" => "$(docdir)",
    "ridir" => "$(datarootdir)/$(RI_BASE_NAME)",
    "sysconfdir" => "$(prefix)/etc",
    "localstatedir" => "$(prefix)/var",
    "runstatedir" => "$(localstatedir)/run",
    "sharedstatedir" => "$(prefix)/com",
    "RUBY_EXEC_PREFIX" => prefix,
    "rubylibprefix" => "$(libdir)/$(RUBY_BASE_NAME)",
    "rubyarchprefix" => "$(rubylibprefix)/$(arch)",
    "rubysitearchprefix" => "$(rubylibprefix)/$(sitearch)",
    "rubylibdir" => "$(rubylibprefix)/$(ruby_version)",
    "rubyarchdir" => "$(rubylibdir)/$(arch)",
    "archdir" => "$(rubyarchdir)",
    "topdir" => "$(rubyarchdir)",
    "sitedir" => "$(rubylibprefix)/site_ruby",
    "sitelibdir" => "$(sitedir)/$(ruby_version)",
    "sitearchdir" => "$(sitelibdir)/$(sitearch)",
    "vendordir" => "$(rubylibprefix)/vendor_ruby",
    "vendorlibdir" => "$(vendordir)/$(ruby_version)",
    "vendorarchdir" => "$(vendorlibdir)/$(sitearch)",
    "rubyhdrdir" => "$(includedir)/$(RUBY_VERSION_NAME)",
    "rubyarchhdrdir" => "$(rubyhdrdir)/$(arch)",
    "sitehdrdir" => "$(rubyhdrdir)/site_ruby",
    "sitearchhdrdir" => "$(sitehdrdir)/$(sitearch)",
    "vendorhdrdir" => "$(rubyhdrdir)/vendor_ruby",
    "vendorarchhdrdir" => "$(vendorhdrdir)/$(sitearch)",
    "archlibdir" => "$(libdir)/$(arch)",
    "archincludedir" => "$(includedir)/$(arch)",
    "sitearchlibdir" => "$(libdir)/$(sitearch)",
    "sitearchincludedir" => "$(includedir)/$(sitearch)",
    "arch" => RUBY_PLATFORM,
    "sitearch" => "$(arch)",
    "platform" => "$(arch)",
    "PLATFORM_DIR" => "",
    "build" => "$(target)",
    "build_cpu" => cpu,
    "build_vendor" => "pc",
    "build_os" => "linux",
    "host" => "$(target)",
    "host_alias" => "",
    "host_cpu" => cpu,
    "host_vendor" => "pc",
    "host_os" => "linux-gnu",
    "target" => "$(target_cpu)-$(target_vendor)-$(target_os)-gnu",
    "target_alias" => "",
    "target_cpu" => cpu,
    "target_vendor" => "pc",
    "target_os" => "linux",
    "THREAD_MODEL" => "pthread",
    "configure_args" => "",
    "CROSS_COMPILING" => "no",
    "UNICODE_VERSION" => Encoding::UNICODE_VERSION.dup,
    "UNICODE_EMOJI_VERSION" => "17.0",
    "AR" => "ar",
    "STRIP" => "strip",
    "GREP" => "grep",
    "EGREP" => "grep -E",
    "INSTALL" => "install -c",
    "INSTALL_DATA" => "$(INSTALL) -m 644",
    "INSTALL_PROGRAM" => "$(INSTALL)",
    "INSTALL_SCRIPT" => "$(INSTALL)",
    "MKDIR_P" => "mkdir -p",
    "MAKEDIRS" => "mkdir -p",
    "CP" => "cp",
    "LN_S" => "ln -s",
    "RM" => "rm -f",
    "RMALL" => "rm -fr",
    "RMDIR" => "rmdir --ignore-fail-on-non-empty",
    "RMDIRS" => "rmdir --ignore-fail-on-non-empty -p",
    "CHDIR" => "cd -P",
    "NULLCMD" => ":",
    "PRELOADENV" => "LD_PRELOAD",
    "LIBPATHENV" => "LD_LIBRARY_PATH",
    "YJIT_SUPPORT" => "no",
    "ZJIT_SUPPORT" => "no"
  }

  # Replaces the `$(name)` and `${name}` in a value, in place, by what they stand for; the table keeps what was expanded.
  def self.expand(val, config = CONFIG)
    under_way = config.merge("$" => "$")
    val.replace(val.gsub(/\$\$|\$\((\w+)\)|\$\{(\w+)\}/) do |reference|
      name = $1 || $2
      next "$" unless name
      text = under_way[name]
      next reference unless text
      under_way[name] = nil
      config[name] = under_way[name] = expand(text.dup, under_way)
    end)
  end

  # Where the running Ruby stands.
  def self.ruby = File.join(CONFIG["bindir"], CONFIG["ruby_install_name"] + CONFIG["EXEEXT"])

  # Changes a value in both tables and those that depend on it; their names, or nil when nothing changes.
  def self.fire_update!(key, val, mkconf = MAKEFILE_CONFIG, conf = CONFIG)
    return if mkconf[key] == val
    mkconf[key] = val
    changed = [key]
    changed.each do |name|
      changed.concat(mkconf.keys.select { |other| !changed.include?(other) && mkconf[other].include?("$(#{name})") })
    end
    changed.each { |name| conf[name] = expand(mkconf[name].dup, mkconf.dup) }
  end

  CONFIG = {}
  MAKEFILE_CONFIG.each { |key, value| CONFIG[key] = value.dup }
  CONFIG.each_value { |value| expand(value) }
end
