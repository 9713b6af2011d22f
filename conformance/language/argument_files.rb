# ARGF: the files of ARGV as one stream, line numbers over them, editing in place.
require "tmpdir"

Dir.mktmpdir do |folder|
  Dir.chdir(folder)
  File.write("a", "a1\na2\na3\n")
  File.write("b", "b1\nb2")
  File.write("empty", "")

  p ARGF, ARGF.class, $<.equal?(ARGF), $., ARGF.lineno
  ARGV.replace(%w[a empty b])
  p gets, $_, $., $FILENAME, ARGV
  p ARGF.gets(nil), ARGF.lineno
  p ARGF.file.gets, ARGF.lineno, $.
  p readline, $FILENAME
  p ARGF.eof?, gets, gets

  ARGV.replace(%w[a b])
  p readlines(chomp: true), $.
  ARGV.replace(%w[a b])
  p ARGF.read(4), ARGF.pos, ARGF.read(100), ARGF.read(1)
  ARGV.replace(%w[a b])
  p ARGF.each_line(2).map { |part| [part, ARGF.lineno] }
  ARGV.replace(%w[a b])
  ARGF.each_char { |char| print char, " "; ARGF.skip if char == "2" && ARGF.filename == "a" }
  puts

  one = ARGF.class.new("b", "a")
  p one.argv, one.gets, one.lineno, one.skip.gets, one.lineno, one.file.lineno, one.rewind, one.lineno
  one.lineno = 40
  p one.readline, one.lineno, $., one.close.closed?
  begin
    ARGF.class.new("none").gets
  rescue SystemCallError => error
    puts error.message
  end
  begin
    one.readline
  rescue EOFError => error
    p error
  end
  $. = 7
  p ARGF.lineno
  begin
    $FILENAME = "x"
  rescue NameError => error
    puts error.message
  end

  ARGV.replace(%w[a b])
  ARGF.inplace_mode = ".old"
  p $-i
  ARGF.each_line { |line| puts line.upcase unless ARGF.file.lineno == 2 }
  ARGF.inplace_mode = nil
  $stdout.close
  $stdout = STDOUT
  %w[a a.old b b.old].each { |name| p [name, File.read(name)] }

  # Lines cut by a limit are no lines for the count.
  File.open("a.old") do |file|
    p file.gets(1), file.lineno, file.gets(9), file.lineno, file.each_codepoint.first(2), file.gets(0)
  end

  # What was written without closing is there after the end of the program.
  $kept = nil
  Process.wait(fork { ($kept = File.open("kept", "w")).write("kept") })
  p File.read("kept")
  Dir.chdir("/")
end
