# UDPSocket, and Socket's functions about UDP.

class UDPSocket < IPSocket
  def initialize(family = Socket::AF_INET)
    @family = __number(:family, family)
    __open(@family, Socket::SOCK_DGRAM, 0)
  end

  def bind(host, port)
    __each_address(host, port, Socket::AI_PASSIVE) { |address| __bind(address, "bind(2) for #{host.inspect} port #{port}") }
  end

  def connect(host, port)
    __each_address(host, port, 0) { |address| __connect(address, "connect(2) for #{host.inspect} port #{port}", true, nil) }
    0
  end

  def send(message, flags, host = nil, port = nil)
    return super(message, flags) unless host
    return super(message, flags, host) unless port
    message = Socket.__send__(:__message, message)
    flags = __flags(flags)
    __each_address(host, port, 0) { |address| __send(message, flags, address, [], "sendto(2)", true) }
  end

  def recvfrom_nonblock(length, flags = 0, buffer = nil, exception: true)
    received = __received(length, flags, 0, "recvfrom(2)", false) or return __would_wait(:Readable, "recvfrom(2)", exception)
    __filled(received, buffer) { |bytes, address| [bytes, address.empty? ? nil : __parts(address, nil)] }
  end

  private

  def __each_address(host, port, flags)
    fault = nil
    Socket.__send__(:__lookup, host, port, @family || __family, Socket::SOCK_DGRAM, nil, flags).each do |address,|
      return yield(address)
    rescue SystemCallError => error
      fault = error
    end
    raise fault
  end
end

class Socket
  class << self
    # Sockets for messages to a port at each of the host's addresses.
    def udp_server_sockets(host = nil, port)
      sockets = __udp_servers(host, port)
      return sockets unless block_given?
      begin
        yield sockets
      ensure
        sockets.each(&:close)
      end
    end

    # Yields what waits at the sockets, each message with who sent it.
    def udp_server_recv(sockets)
      sockets.each do |socket|
        message, sender, _flags, *controls = socket.recvmsg_nonblock(exception: false)
        next if message == :wait_readable
        info = controls.find { |control| control.cmsg_is?(:IP, :PKTINFO) || control.cmsg_is?(:IPV6, :PKTINFO) }
        local = info ? __local_address(socket, info) : socket.local_address
        source = UDPSource.new(sender, local) do |reply|
          info ? socket.sendmsg(reply, 0, sender, __source(info)) : socket.send(reply, 0, sender)
        end
        yield message, source
      end
    end

    def udp_server_loop_on(sockets, &block)
      loop do
        readable, = IO.select(sockets)
        udp_server_recv(readable, &block)
      end
    end

    def udp_server_loop(host = nil, port, &block)
      udp_server_sockets(host, port) { |sockets| udp_server_loop_on(sockets, &block) }
    end

    private

    def __udp_servers(host, port)
      sockets = []
      Addrinfo.foreach(host, port, nil, :DGRAM, nil, AI_PASSIVE) do |address|
        if sockets.any? && port.to_s == "0"
          address = Addrinfo.new(pack_sockaddr_in(sockets.first.local_address.ip_port, address.ip_address), address.pfamily, SOCK_DGRAM, 0)
        end
        socket = address.bind
        # Who listens anywhere learns where each message came to, to answer from there.
        socket.setsockopt(:IP, :PKTINFO, 1) if address.ipv4? && address.ip_address == "0.0.0.0"
        socket.setsockopt(:IPV6, :RECVPKTINFO, 1) if address.ipv6_unspecified?
        sockets << socket
      end
      sockets
    rescue Exception
      sockets&.each(&:close)
      raise
    end

    def __local_address(socket, info)
      address = info.cmsg_is?(:IP, :PKTINFO) ? info.ip_pktinfo.first : info.ipv6_pktinfo.first
      Addrinfo.new(pack_sockaddr_in(socket.local_address.ip_port, address.ip_address), address.pfamily, SOCK_DGRAM, 0)
    end

    def __source(info)
      return info unless info.cmsg_is?(:IP, :PKTINFO)
      address, = info.ip_pktinfo
      AncillaryData.ip_pktinfo(address, 0)
    end
  end
end
