# binmode ends every conversion, syswrite makes none; Time.local with ten fields tells the two hours apart that are shown alike.
require "tmpdir"
Dir.mktmpdir do |folder|
  path = "#{folder}/text"
  File.binwrite(path, "line1\r\nline2\r\n")
  File.open(path, "rt:utf-8:iso-8859-1") do |file|
    file.binmode
    p file.gets, file.read, file.internal_encoding, file.external_encoding
  end
  File.open(path, "w", external_encoding: "UTF-16BE") { |file| p file.syswrite("hello") }
  p File.binread(path)
  File.open(path, "w", external_encoding: "UTF-16BE") { |file| p file.write("hi") }
  p File.binread(path)
end
ENV["TZ"] = "America/New_York"
[true, false].each { |summer| p Time.local(0, 30, 1, 30, 10, 2005, 0, 0, summer, nil) }
p Time.local(0, 30, 12, 30, 10, 2005, 0, 0, true, nil), Time.local(2005, 10, 30, 1, 30)
