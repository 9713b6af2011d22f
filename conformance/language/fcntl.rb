# IO#fcntl with numbers, and the process's groups.
reader, writer = IO.pipe
p reader.fcntl(1), reader.fcntl(2, 0), reader.fcntl(1), reader.fcntl(2, true), reader.fcntl(1, nil), reader.fcntl(1, false)
p reader.fcntl(3) & 3, writer.fcntl(3) & 3
copy = IO.new(reader.fcntl(0, 100))
p copy.fileno >= 100, writer.syswrite("x"), copy.readpartial(5)
writer.close
p (writer.fcntl(1) rescue $!.class)
p (reader.fcntl(-1) rescue $!.class), (reader.fcntl("x") rescue $!.class), (reader.fcntl rescue $!.class)
p Process.groups.all?(Integer), Process.groups.frozen?
