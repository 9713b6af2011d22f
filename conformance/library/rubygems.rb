# RubyGems comes in when it is needed: by its name, by `gem`, by a require that finds nothing.
def run(program, *switches)
  puts IO.popen([RbConfig.ruby, *switches, "-e", program], err: %i[child out], &:read)
end

run('p $LOADED_FEATURES.grep(/rubygems/), defined?(Gem), Kernel.private_method_defined?(:gem)')
run('p defined?(Gem), (gem "x" rescue $!.class)', "--disable=gems")
run('p Gem::Version.new("1.10") > Gem::Version.new("1.9"), $LOADED_FEATURES.grep(/rubygems.rb/).size')
run('p gem("csv"), $LOAD_PATH.first[/csv-[^\/]*\/lib/]&.sub(/[\d.]+/, "N")')
run('begin; gem "csv", "< 0"; rescue LoadError; p $!.class, $!.name; end')
run('begin; require "no/such/thing"; rescue LoadError; p $!.message, $!.path; end')
run('require "rubygems/version"; p Gem::Version')
run('p require("abbrev"), require("abbrev"), %w[car cone].abbrev.size')
run('p require("rubygems"), require("rubygems"), Gem.ruby_version.segments.first(2), Gem::Platform.local.os')
run('p Gem.loaded_specs.keys, Gem.default_dir == "#{RbConfig::CONFIG["rubylibprefix"]}/gems/#{RbConfig::CONFIG["ruby_version"]}"')
run('Gem.name; require "optparse"', "-w")
run('Foo = 1; autoload :Bar, "no/bar"; begin; Bar; rescue LoadError; puts $!.message; end')
