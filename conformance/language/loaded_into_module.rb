# A file that is loaded into a module, paths of loaded files, provided features, commands, titles.
require "tmpdir"
Dir.mktmpdir do |folder|
  Dir.chdir(folder) do
    File.write("wrapped.rb", <<~'TEXT')
      include Comparable
      p self, singleton_class.ancestors.include?(Comparable), Object.include?(Comparable)
      define_method(:made) { 1 }
      def hidden = 2
      public :hidden
      p Module.nesting[0].instance_methods(false).sort, made, Module.nesting.size
    TEXT
    load File.expand_path("wrapped.rb"), true
    File.write("place.rb", "p __FILE__.sub(Dir.pwd, 'DIR')")
    load "place.rb"
    load "./place.rb"
    $: << "."
    load "place.rb"
    $" << "place"
    p require("place")
    $" << "nowhere"
    p require("nowhere")
    p require("pathname.so"), require("set"), require("enumerator.so")
    File.write("plain", "echo from the shell $1")
    File.chmod(0o755, "plain")
    p `./plain x`, system("./plain", "y"), `printf 'a\xC2'`.bytes, `printf "%s" "a\xC2"`.bytes
    io = File.open("place.rb")
    def io.own = 1
    other = File.open("wrapped.rb")
    before = io.singleton_class
    io.reopen(other)
    p io.respond_to?(:own), before.equal?(io.singleton_class), io.gets
    File.open("out", "w") { |f| old, $stdout = $stdout, f; p "abc"; $stdout = old; p File.read("out") }
    $0 = "title"
    p $0, File.read("/proc/self/cmdline").delete("\0")
  end
end
