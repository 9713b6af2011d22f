# --profile samples a program in every tier and writes what its files' names ask for.
# instead of --gc=stress:1: --gc=stress:50 (collections take all the time otherwise)
require "tmpdir"

PROGRAM = <<~'RUBY'
  def busy(limit)
    from = Process.clock_gettime(Process::CLOCK_MONOTONIC)
    sum = 0
    sum += 1 while Process.clock_gettime(Process::CLOCK_MONOTONIC) - from < limit
    sum
  end

  def hoard = Array.new(200) { |i| "a text of some length, number #{i}" }
  busy(0.15)
  1_000.times { hoard }
  pid = fork { busy(0.01) }
  Process.wait(pid)
  puts "the program's output"
RUBY

def run(*switches)
  output, errors = IO.pipe.then do |reader, writer|
    output = IO.popen([RbConfig.ruby, *switches, "program.rb"], err: writer, &:read)
    writer.close
    [output, reader.read]
  end
  [output, errors, $?.success?]
end

Dir.mktmpdir do |folder|
  Dir.chdir(folder) do
    File.write("program.rb", PROGRAM)
    output, table, success = run("--profile=cpu,p.html,p.json,p.pb.gz")
    puts output, success
    p table[/\Aprofile: .* of processor time, \d+ samples/] != nil, table.match?(/%  Object#busy \(program\.rb:1\)$/), table.match?(/%  program\.rb:4 Object#busy$/)
    puts table.lines.grep(/written/)
    page = File.read("p.html")
    p page.start_with?("<!DOCTYPE html>"), page.include?("data:image/svg+xml;base64,"), page.include?("Object#busy (program.rb:1)")
    json = File.read("p.json")
    p json.include?('"$schema":"https://www.speedscope.app/file-format-schema.json"'), json.include?('"name":"Object#busy"')
    p File.binread("p.pb.gz", 2) == "\x1f\x8b".b
    # Bytes instead of time; the default file; no table of a child that came by fork.
    _, table, = run("--profile=alloc")
    p table.scan(/^profile: .* of allocated bytes/).size, table.match?(/Object#hoard/), File.exist?("maglev-profile.html")
    # The name of the process in a file's name.
    run("--profile=every:500,run-%p.json")
    p Dir["run-*.json"].size
    # An exception and a signal end the program; the profile is told all the same.
    File.write("program.rb", "i = 0; i += 1 while i < 30_000_000; raise 'no luck'")
    _, table, success = run("--profile=x.json")
    p table.include?("profile: "), table.include?("no luck (RuntimeError)"), success, File.exist?("x.json")
  end
end
["x.svg", "every:2", "no/such/folder.html", "cpu,"].each do |items|
  puts IO.popen([RbConfig.ruby, "--profile=#{items}", "-e", "1"], err: [:child, :out], &:read)
end
