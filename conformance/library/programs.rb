# rake and minitest as programs.
require "tmpdir"
Dir.mktmpdir do |folder|
  Dir.chdir(folder) do
    bin = "#{RbConfig::CONFIG["prefix"]}/bin"
    run = ->(*words) { puts IO.popen([RbConfig.ruby, *words], err: %i[child out], &:read) }
    File.write("Rakefile", <<~RUBY)
      task default: ["out.txt", :told]
      desc "Tells what there is"
      task(:told, [:name]) { |_, arguments| puts "told \#{arguments.name.inspect}" }
      file("out.txt" => "in.txt") { |task| File.write(task.name, File.read(task.source).upcase) }
      task(:fails) { raise ArgumentError, "no" }
    RUBY
    File.write("in.txt", "text")
    run.("#{bin}/rake")
    p File.read("out.txt")
    run.("#{bin}/rake", "told[you]")
    run.("#{bin}/rake", "-T")
    run.("#{bin}/rake", "-P")
    run.("#{bin}/rake", "absent")
    puts IO.popen([RbConfig.ruby, "#{bin}/rake", "fails"], err: %i[child out], &:readlines).first(3)

    File.write("test.rb", <<~RUBY)
      require "minitest/autorun"
      class Sums < Minitest::Test
        def test_right = assert_equal(3, 1 + 2)
        def test_wrong = assert_equal({a: 1}, {a: 2})
        def test_raises = assert_raises(ZeroDivisionError) { 1 / 0 }
        def test_skipped = skip("later")
        def test_error = raise("stop")
      end
    RUBY
    IO.popen([RbConfig.ruby, "test.rb", "--seed", "7"], err: %i[child out]) { |io| puts io.read.gsub(/\d+\.\d+/, "N") }
  end
end
