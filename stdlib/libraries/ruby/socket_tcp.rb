# IPSocket, TCPSocket and TCPServer, and Socket's functions about TCP.

class IPSocket < BasicSocket
  class << self
    def getaddress(host) = Addrinfo.new(Socket.__send__(:__lookup, host, nil, nil, Socket::SOCK_STREAM, nil, nil).first.first).ip_address
  end

  def addr(reverse_lookup = nil) = __parts(getsockname, reverse_lookup)
  def peeraddr(reverse_lookup = nil) = __parts(getpeername, reverse_lookup)

  def recvfrom(length, flags = 0, buffer = nil)
    __filled(__received(length, flags, 0, "recvfrom(2)", true), buffer) do |bytes, address|
      [bytes, address.empty? ? nil : __parts(address, nil)]
    end
  end

  undef_method :getpeereid

  def inspect
    return super if closed?
    family, port, _, host = __parts(getsockname, false)
    super.delete_suffix(">") + ", #{family}, #{host}, #{port}>"
  end

  private

  def __parts(address, reverse_lookup)
    reverse = reverse_lookup.nil? ? !do_not_reverse_lookup : Socket.__send__(:__reverse?, reverse_lookup)
    info = Addrinfo.new(address)
    numeric = info.ip_address
    name = reverse ? info.getnameinfo(Socket::NI_NUMERICSERV).first : numeric
    [Socket.__send__(:__name, info.afamily, "AF_"), info.ip_port, name, numeric]
  end
end

class TCPSocket < IPSocket
  class << self
    def gethostbyname(host)
      warn("TCPSocket.gethostbyname is deprecated; use Addrinfo.getaddrinfo instead.", category: :deprecated, uplevel: 0)
      found = Socket.__send__(:__lookup, host, nil, nil, Socket::SOCK_STREAM, nil, Socket::AI_CANONNAME)
      family = found.first[1]
      addresses = found.select { |entry| entry[1] == family }.map { |entry| Addrinfo.new(entry.first).ip_address }
      [found.first[4] || host, [], family, *addresses]
    end
  end

  # Connects to the first of the host's addresses that answers. All are asked in turn, whatever `fast_fallback` says.
  def initialize(
    host, port, local_host = nil, local_port = nil, resolv_timeout: nil, connect_timeout: nil, open_timeout: nil, fast_fallback: nil
  )
    remotes = __addresses(host, port)
    locals = Socket.__send__(:__lookup, local_host, local_port, nil, Socket::SOCK_STREAM, nil, Socket::AI_PASSIVE) if local_host || local_port
    fault = nil
    remotes.each do |address, family, type, protocol,|
      local = locals&.find { |entry| entry[1] == family }
      next if locals && !local
      __open(family, type, protocol)
      __bind_local(local.first, "bind(2) for #{local_host.inspect} port #{local_port}") if local
      return if __connect(address, "connect(2) for #{host.inspect} port #{port}", true, connect_timeout || open_timeout)
      raise IO::TimeoutError, "user specified timeout for #{host}:#{port}"
    rescue SystemCallError, IO::TimeoutError => error
      fault = error
      close
    end
    raise fault || SocketError.new("no address for #{host}")
  end

  private

  # Here, failures name the manual's section, as where CRuby asks for both families at once.
  def __addresses(host, port)
    Socket.__send__(:__lookup, host, port, nil, Socket::SOCK_STREAM, nil, nil)
  rescue Socket::ResolutionError => error
    raise error.exception(error.message.sub("getaddrinfo:", "getaddrinfo(3):"))
  end

  def __bind_local(address, what)
    __setsockopt(Socket::SOL_SOCKET, Socket::SO_REUSEADDR, [1].pack("i"))
    __bind(address, what)
  end
end

class TCPServer < TCPSocket
  def initialize(host = nil, port)
    found = Socket.__send__(:__lookup, host, port || "0", nil, Socket::SOCK_STREAM, nil, Socket::AI_PASSIVE)
    fault = nil
    found.each do |address, family, type, protocol,|
      __open(family, type, protocol)
      __bind_local(address, "bind(2) for #{host.inspect} port #{port}")
      __listen(Socket::SOMAXCONN)
      return
    rescue SystemCallError => error
      fault = error
      close unless closed?
    end
    raise fault
  end

  def accept = __accept(TCPSocket, true).first

  def accept_nonblock(exception: true)
    socket, = __accept(TCPSocket, false)
    socket || __would_wait(:Readable, "accept(2)", exception)
  end

  def sysaccept = __accept(nil, true).first

  def listen(backlog) = __listen(backlog)
end

class Socket
  class << self
    # Connects to a host by the first of its addresses that answers.
    def tcp(
      host, port, local_host = nil, local_port = nil, connect_timeout: nil, resolv_timeout: nil, open_timeout: nil, fast_fallback: true, &block
    )
      locals = Addrinfo.getaddrinfo(local_host, local_port, nil, :STREAM) if local_host || local_port
      socket = __first_connection(Addrinfo.getaddrinfo(host, port, nil, :STREAM), locals, connect_timeout || open_timeout)
      return socket unless block
      begin
        yield socket
      ensure
        socket.close
      end
    end

    # Sockets that listen at a port of each of the host's addresses.
    def tcp_server_sockets(host = nil, port)
      sockets = port.to_s == "0" ? __servers_at_one_port(host) : __servers(host, port)
      return sockets unless block_given?
      begin
        yield sockets
      ensure
        sockets.each(&:close)
      end
    end

    def tcp_server_loop(host = nil, port, &block)
      tcp_server_sockets(host, port) { |sockets| accept_loop(sockets, &block) }
    end

    private

    def __first_connection(remotes, locals, timeout)
      fault = nil
      remotes.each do |remote|
        local = locals&.find { |each| each.afamily == remote.afamily }
        next if locals && !local
        return local ? remote.connect_from(local, timeout: timeout) : remote.connect(timeout: timeout)
      rescue SystemCallError => error
        fault = error
      end
      raise fault || SocketError.new("no appropriate local address")
    end

    def __servers(host, port)
      fault = nil
      sockets = []
      Addrinfo.foreach(host, port, nil, :STREAM, nil, AI_PASSIVE) do |address|
        sockets << address.listen
      rescue SystemCallError => error
        fault = error
      end
      raise fault if sockets.empty? && fault
      sockets
    rescue Exception
      sockets&.each(&:close)
      raise
    end

    # A port that is free at all addresses.
    def __servers_at_one_port(host)
      addresses = Addrinfo.getaddrinfo(host, 0, nil, :STREAM, nil, AI_PASSIVE)
      16.times do
        sockets = []
        port = 0
        addresses.each do |address|
          address = Addrinfo.new(pack_sockaddr_in(port, address.ip_address), address.pfamily, SOCK_STREAM, 0)
          sockets << address.listen
          port = sockets.first.local_address.ip_port
        end
        return sockets
      rescue Errno::EADDRINUSE
        sockets.each(&:close)
      end
      raise Errno::EADDRINUSE
    end
  end
end
