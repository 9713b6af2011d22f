# Libraries of the installation, each used for what it is there for.
require "fileutils"
require "tmpdir"
Dir.mktmpdir do |folder|
  FileUtils.mkdir_p("#{folder}/a/b")
  FileUtils.touch("#{folder}/a/b/c")
  p Dir.glob("**/*", base: folder).sort
end

require "optparse"
options = {}
rest = OptionParser.new { |parser| parser.on("-n", "--number N", Integer) { |n| options[:n] = n } }.parse(%w[-n 3 file])
p options, rest

require "erb"
puts ERB.new("<% 2.times do |i| %><%= i %>;<% end %>").result

require "ostruct"
p OpenStruct.new(a: 1, b: [2]).then { |struct| [struct.a, struct[:b], struct] }

require "random/formatter"
p Random.new(1).hex(2), Random.new(1).alphanumeric(5), Random.new(1).uuid

require "shellwords"
p "a 'b c' d".shellsplit, %w[a b\ c].shelljoin

require "uri"
p URI("https://user@example.com:81/a?b=c#d").then { |uri| [uri.host, uri.port, uri.query, uri.fragment, uri.userinfo] }

require "forwardable"
class Queueish
  extend Forwardable
  def_delegators :@list, :push, :shift, :size
  def initialize = @list = []
end
p Queueish.new.then { |queue| [queue.push(1), queue.size, queue.shift] }

require "delegate"
p SimpleDelegator.new([3, 1]).sort, DelegateClass(Array).new([1]).first

require "pp"
pp({name: "x" * 40, list: (1..8).map { |n| "y" * n }})

require "tsort"
p({1 => [2], 2 => [3], 3 => []}.then { |graph| TSort.tsort(->(&b) { graph.each_key(&b) }, ->(n, &b) { graph[n].each(&b) }) })

require "singleton"
class Only; include Singleton; end
p Only.instance.equal?(Only.instance), (Only.new rescue $!.class)

require "observer"
require "tempfile"
p Tempfile.create("x") { |file| [file.stat.mode.to_s(8), file.write("abc")] }
p Tempfile.open("x") { |file| file.stat.mode.to_s(8) }

require "logger"
Logger.new($stdout, formatter: ->(level, _, _, text) { "#{level}: #{text}\n" }).info("told")

require "matrix"
p Matrix[[1, 2], [3, 4]].determinant, Vector[1, 2].inner_product(Vector[3, 4])

require "prime"
p Prime.first(5), 360.prime_division

require "rexml/document"
p REXML::Document.new("<a><b c='1'>x</b></a>").elements["a/b"].then { |element| [element.text, element.attributes["c"]] }

require "abbrev"
require "base64"
p Base64.strict_encode64("maglev"), Base64.urlsafe_decode64("bWFnbGV2")

require "weakref"
p WeakRef.new("kept").weakref_alive?

require "benchmark"
p Benchmark.realtime { 1 }.class

require "English"
p $PID == $$, $ERROR_INFO

require "open3"
p Open3.capture2e("sh", "-c", "echo out; echo err >&2; exit 3").then { |text, status| [text, status.exitstatus] }

require "find"
require "timeout"
p (Timeout.timeout(0.01) { sleep } rescue $!.class)

require "getoptlong"
options = GetoptLong.new(["--size", "-s", GetoptLong::REQUIRED_ARGUMENT])
ARGV.replace(%w[-s 4 rest])
options.each { |name, value| p [name, value] }
p ARGV
