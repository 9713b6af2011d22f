# RbConfig: folders that derive from the prefix, expansion of values, changes.
require "rbconfig"
config, makefile = RbConfig::CONFIG, RbConfig::MAKEFILE_CONFIG
p config.keys == makefile.keys, config.values.all?(String), config.frozen?, makefile.frozen?
p config.any? { |_, value| value.include?("$(") }
p File.executable?(RbConfig.ruby), RbConfig.ruby == File.join(config["bindir"], config["ruby_install_name"])
prefix = config["prefix"]
%w[exec_prefix libdir rubylibprefix rubylibdir sitedir sitelibdir vendordir vendorlibdir datadir mandir sysconfdir includedir].each do |name|
  puts "#{name}: #{config[name].sub(prefix, "PREFIX")}"
end
%w[rubyarchdir sitearchdir vendorarchdir archdir].each { |name| puts "#{name}: #{config[name].sub(prefix, "PREFIX").sub(config["arch"], "ARCH")}" }
puts makefile.values_at("rubylibdir", "sitelibdir", "vendorarchdir", "rubyarchdir", "libdir", "RUBY_API_VERSION")
p config.values_at("MAJOR", "MINOR", "ruby_version", "RUBY_API_VERSION", "RUBY_BASE_NAME", "DLEXT", "OBJEXT", "EXEEXT", "PATH_SEPARATOR")
p RbConfig::TOPDIR == prefix, RbConfig::DESTDIR, CROSS_COMPILING
own = $LOAD_PATH.last(8)
p own == %w[sitelibdir sitearchdir sitedir vendorlibdir vendorarchdir vendordir rubylibdir rubyarchdir].map { |name| config[name] }

text = +"$(a)/x$$y${b}$(none)$(open"
p RbConfig.expand(text, {"a" => "$(b)", "b" => "c"}), text
p RbConfig.expand(+"$(a)", {"a" => "$(b)", "b" => "$(a)x"})
table = {"a" => "$(b)", "b" => "c"}
RbConfig.expand(+"$(a)", table)
p table
p (RbConfig.expand(nil) rescue $!.class)
p [:ruby, :expand, :fire_update!].map { |name| RbConfig.method(name).arity }

changed = RbConfig.fire_update!("sitedir", "/site")
p changed.first, (changed - %w[sitedir sitelibdir sitearchdir]).empty?, config["sitelibdir"], config["sitearchdir"] == "/site/4.0.0/#{config["arch"]}"
p RbConfig.fire_update!("sitedir", "/site"), RbConfig.fire_update!("unknown", "x"), config["unknown"]
