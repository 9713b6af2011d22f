# A bundle of a gem in a folder and a bundled gem, without network: what is in it is found, nothing else is.
require "tmpdir"
Dir.mktmpdir do |folder|
  Dir.chdir(folder) do
    FileUtils.mkdir_p("part/lib")
    File.write("part/lib/part.rb", "module Part; LOADED = true; end\n")
    File.write("part/part.gemspec", <<~RUBY)
      Gem::Specification.new do |spec|
        spec.name, spec.version, spec.summary, spec.authors, spec.files = "part", "0.3", "a part", ["us"], ["lib/part.rb"]
      end
    RUBY
    File.write("Gemfile", %(gem "part", path: "part"\ngem "rake", require: false\n))
    run = ->(program) { puts IO.popen([RbConfig.ruby, "-e", program], err: %i[child out], &:read) }
    run.('require "bundler/setup"; p require("part"), Part::LOADED, Gem.loaded_specs.keys.sort')
    run.('require "bundler/setup"; p defined?(Rake), Bundler.require.size, defined?(Part), require("rake"), Rake::FileList["*"].to_a')
    run.('require "bundler/setup"; begin; require "minitest"; rescue LoadError; p $!.message; end')
    run.('require "bundler/setup"; begin; gem "csv"; rescue LoadError; p $!.class, $!.name; end')
    File.write("Gemfile", %(gem "absent"\n))
    run.('begin; require "bundler"; Bundler.setup; rescue Bundler::GemNotFound; puts $!.message; end')
  end
end
