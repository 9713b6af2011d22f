# What `require` takes from `$LOAD_PATH` and `$LOADED_FEATURES` after programs changed them.
require "tmpdir"

def attempt(name)
  require(name)
rescue LoadError => error
  error.message
end

Dir.mktmpdir do |folder|
  folder = File.realpath(folder)
  %w[a b c c/d].each { |name| Dir.mkdir("#{folder}/#{name}") }
  %w[a/one b/one a/two c/d/two c/d/deep].each { |name| File.write("#{folder}/#{name}.rb", "$ran << #{name.inspect}\n") }
  $ran = []
  ran = -> { $ran.dup.tap { $ran.clear } }
  own = $LOAD_PATH.dup

  $LOAD_PATH.unshift("#{folder}/a")
  p require("one"), ran.()
  $LOAD_PATH.unshift("#{folder}/b")
  # A feature of a folder that is not the first any more counts.
  p require("one"), ran.()
  $LOADED_FEATURES.delete("#{folder}/a/one.rb")
  p require("one"), ran.()
  $LOAD_PATH.delete("#{folder}/b")
  p require("one"), ran.()
  $LOAD_PATH.shift
  p attempt("two"), ran.()

  # An entry that is changed in place by index, and one that is no String.
  $LOAD_PATH.unshift("#{folder}/nowhere")
  p attempt("two"), ran.()
  $LOAD_PATH[0] = "#{folder}/a"
  p require("two"), ran.()
  path = Object.new
  path.define_singleton_method(:to_path) { @path ||= "#{folder}/nowhere" }
  path.define_singleton_method(:move) { |to| @path = to }
  $LOAD_PATH[0] = path
  p attempt("deep"), ran.()
  path.move("#{folder}/c/d")
  p require("deep"), ran.()

  # A relative entry follows the working folder.
  $LOAD_PATH.replace(own)
  $LOAD_PATH.unshift("d")
  Dir.chdir("#{folder}/a") { p attempt("two"), ran.() }
  Dir.chdir("#{folder}/c") { p require("two"), ran.(), $LOADED_FEATURES.last.delete_prefix(folder) }

  # A feature that a program enters, with and without extension; the list emptied.
  $LOADED_FEATURES << "made_up.rb" << "bare"
  p require("made_up"), require("made_up.rb"), require("bare")
  p attempt("bare.rb")
  before = $LOADED_FEATURES.dup
  $LOADED_FEATURES.clear
  Dir.chdir("#{folder}/c") { p require("two"), ran.() }
  $LOADED_FEATURES.replace(before)

  # One file by two names.
  File.symlink("#{folder}/a", "#{folder}/link")
  $LOAD_PATH.replace(own)
  p require("#{folder}/a/one"), ran.()
  p require("#{folder}/link/one"), ran.()
  $LOAD_PATH.unshift("#{folder}/link")
  p require("one"), ran.()
  p $LOAD_PATH.resolve_feature_path("two")&.last&.delete_prefix(folder)
end
