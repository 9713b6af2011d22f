# Sockets: TCP, UDP and UNIX ones, addresses, options, messages, waiting and closing.
require "socket"
require "tmpdir"

def attempt
  p yield
rescue StandardError => error
  puts "#{error.class}: #{error.message.gsub(/\b\d{5}\b/, "PORT").sub(%r{/\S+/s\b}, "PATH").sub(/fd:\d+/, "fd:N")}"
end

puts "== TCP"
server = TCPServer.new("127.0.0.1", 0)
port = server.addr[1]
p server.addr.values_at(0, 2, 3), server.local_address.inspect.sub(port.to_s, "PORT"), server.class.ancestors.take(4)
answers = Thread.new do
  client = server.accept
  while (line = client.gets)
    client.puts line.upcase
  end
  client.close
end
client = TCPSocket.new("127.0.0.1", port)
client.puts "one", "two"
p client.gets, client.readpartial(100), client.peeraddr[3], client.sync, client.external_encoding
client.close_write
p client.read, client.closed?
answers.join
client.close
attempt { client.read }
attempt { TCPSocket.new("127.0.0.1", 1) }
attempt { TCPServer.new("127.0.0.1", port) }
attempt { TCPSocket.new("name.invalid", 80) }
attempt { server.accept_nonblock }
p server.accept_nonblock(exception: false)
attempt { server.gets }
waiting = Thread.new { server.accept }
waiting.report_on_exception = false
Thread.pass until waiting.stop?
server.close
attempt { waiting.value }

puts "== many at once"
server = TCPServer.new("127.0.0.1", 0)
serving = Thread.new do
  20.times.map { Thread.new(server.accept) { |socket| socket.write(socket.read(100).reverse * 1000); socket.close } }.each(&:join)
end
sums = 20.times.map do |number|
  Thread.new { TCPSocket.open("127.0.0.1", server.addr[1]) { |socket| socket.write(number.chr * 100); socket.read.sum } }
end
p sums.map(&:value) == 20.times.map { |number| (number * 100_000) & 0xffff }
serving.join
server.close

puts "== UDP"
one, two = UDPSocket.new, UDPSocket.new
one.bind("127.0.0.1", 0)
p two.send("first", 0, "127.0.0.1", one.addr[1]), two.send("second", 0, one.local_address)
p one.recvfrom(3)[0], one.recvfrom(10)[0]
two.connect("127.0.0.1", one.addr[1])
two.send("third", 0)
message, sender, flags = one.recvmsg
p message, sender.ip_address, flags
attempt { one.recv_nonblock(5) }
p one.recvmsg_nonblock(exception: false)

puts "== UNIX"
Dir.mktmpdir do |folder|
  path = "#{folder}/s"
  UNIXServer.open(path) do |listening|
    child = fork do
      UNIXSocket.open(path) { |socket| socket.puts "read: #{socket.recv_io.read}" }
      exit!
    end
    socket = listening.accept
    reader, writer = IO.pipe
    writer.write "through a pipe"
    writer.close
    socket.send_io(reader)
    p socket.gets, listening.path == path, socket.peeraddr
    Process.wait(child)
  end
  attempt { UNIXSocket.new(path).path }
end
left, right = Socket.pair(:UNIX, :DGRAM)
left.send("a", 0)
left.sendmsg("b", 0, nil, Socket::AncillaryData.unix_rights($stdout))
p right.recvfrom(5), right.recvmsg(scm_rights: true)[3].unix_rights.size
attempt { UNIXSocket.new("x" * 200) }

puts "== Socket"
Socket.tcp_server_sockets("127.0.0.1", 0) do |sockets|
  serving = Thread.new { Socket.accept_loop(sockets) { |socket, from| socket.write("hello #{from.ip_address}"); socket.close; break } }
  Socket.tcp("127.0.0.1", sockets[0].local_address.ip_port) { |socket| p socket.read }
  serving.join
end
Socket.udp_server_sockets("127.0.0.1", 0) do |sockets|
  serving = Thread.new { Socket.udp_server_loop_on(sockets) { |text, source| source.reply(text.upcase); break } }
  asking = Addrinfo.udp("127.0.0.1", sockets[0].local_address.ip_port).connect
  asking.send("abc", 0)
  p asking.recv(10)
  serving.join
end
socket = Socket.new(:INET, :STREAM)
p socket.setsockopt(:SOCKET, :KEEPALIVE, true), socket.getsockopt(:SOCKET, :KEEPALIVE), socket.getsockopt(:SOCKET, :TYPE)
socket.setsockopt(Socket::Option.linger(true, 3))
p socket.getsockopt(:SOCKET, :LINGER).linger, socket.getsockopt(:TCP, :NODELAY).bool
attempt { socket.connect(Socket.sockaddr_in(1, "127.0.0.1")) }
attempt { socket.setsockopt(:SOCKET, :NOTHING, 1) }
attempt { Socket.new(:NOTHING, :STREAM) }
attempt { Socket.getaddrinfo("name.invalid", 80).size }
attempt { Socket.unpack_sockaddr_in(Socket.sockaddr_un("/tmp/s")) }
p Socket.getaddrinfo("127.0.0.1", 80, nil, :STREAM), Socket.unpack_sockaddr_in(Socket.sockaddr_in(80, "::1"))
p Socket.getservbyname("http"), Socket.getservbyport(22), Socket.getnameinfo(["AF_INET", 80, "127.0.0.1"], Socket::NI_NUMERICHOST)

puts "== Addrinfo"
p Addrinfo.tcp("127.0.0.1", 80), Addrinfo.udp("::1", 53), Addrinfo.unix("/tmp/s"), Addrinfo.ip("10.1.2.3")
p Addrinfo.new(["AF_INET", 80, "name", "127.0.0.1"]), Addrinfo.new(Socket.sockaddr_in(80, "127.0.0.1"), :INET, :RAW, 6)
p %w[10.0.0.1 172.31.0.1 172.32.0.1 192.168.1.1].map { |host| Addrinfo.ip(host).ipv4_private? }
p %w[::1 fe80::1 ff02::1 ::ffff:1.2.3.4 fc00::1].map { |host| Addrinfo.ip(host) }.map { |info|
  [info.ipv6_loopback?, info.ipv6_linklocal?, info.ipv6_mc_linklocal?, info.ipv6_to_ipv4, info.ipv6_unique_local?]
}
p Marshal.load(Marshal.dump(Addrinfo.tcp("127.0.0.1", 80))), Addrinfo.tcp("127.0.0.1", 80).ip_unpack
attempt { Addrinfo.unix("/tmp/s").ip_port }
p Socket::AncillaryData.int(:INET, :IP, :TTL, 7), Socket::Option.bool(:INET, :SOCKET, :REUSEADDR, true)

puts "== waiting"
reader, writer = IO.pipe
reader.timeout = 0.01
p reader.timeout
attempt { reader.read(1) }
require "io/nonblock"
reader.nonblock = true
p reader.nonblock?, reader.nonblock(false) { |io| io.nonblock? }, reader.nonblock?
writer.close
