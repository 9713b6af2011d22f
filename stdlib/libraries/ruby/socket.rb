# Socket: any kind of socket, and the functions about hosts, services and addresses.

class Socket
  class UDPSource
    attr_reader :remote_address, :local_address

    def initialize(remote_address, local_address, &reply)
      @remote_address, @local_address, @reply = remote_address, local_address, reply
    end

    def reply(message) = @reply.call(message)
    def inspect = "#<#{self.class}: #{@remote_address.inspect_sockaddr} to #{@local_address.inspect_sockaddr}>"
  end

  class ResolutionError
    attr_reader :error_code
  end

  # A network interface with one of its addresses.
  class Ifaddr
    attr_reader :name, :ifindex, :flags, :addr, :netmask, :broadaddr

    def initialize(name, index, flags, address, netmask, broadcast)
      @name, @ifindex, @flags = name, index, flags
      @addr = address && Addrinfo.new(address, nil, 0, 0)
      @netmask = netmask && Addrinfo.new(netmask, nil, 0, 0)
      @broadaddr = broadcast && flags.anybits?(IFF_BROADCAST) ? Addrinfo.new(broadcast, nil, 0, 0) : nil
    end

    def dstaddr = nil

    def inspect
      shown = [@name]
      shown << @addr.inspect_sockaddr if @addr
      "#<Socket::Ifaddr #{shown.join(" ")}>"
    end
  end
  Ifaddr.singleton_class.undef_method(:allocate)

  class << self
    def pair(family = nil, type = nil, protocol = nil)
      family = family ? __number(:family, family) : AF_UNIX
      pair = __pair(family, type ? __number(:type, type) : SOCK_STREAM, protocol ? __integer(protocol) : 0)
      return pair unless block_given?
      begin
        yield pair
      ensure
        pair.each(&:close)
      end
    end
    alias socketpair pair

    def pack_sockaddr_in(port, host)
      __lookup(host, port || "0", nil, SOCK_STREAM, nil, nil).first.first
    end
    alias sockaddr_in pack_sockaddr_in

    def unpack_sockaddr_in(address)
      info = Addrinfo === address ? address : Addrinfo.new(address)
      raise ArgumentError, "not an AF_INET/AF_INET6 sockaddr" unless info.ip?
      [info.ip_port, info.ip_address]
    end

    def pack_sockaddr_un(path)
      path = __message(path)
      if path.bytesize > 108
        raise ArgumentError, "too long unix socket path (#{path.bytesize}bytes given but 108bytes max)"
      end
      [AF_UNIX, path].pack("Sa108").then { |address| path.start_with?("\0") ? address.byteslice(0, 2 + path.bytesize) : address }
    end
    alias sockaddr_un pack_sockaddr_un

    def unpack_sockaddr_un(address)
      address = address.to_sockaddr if Addrinfo === address
      raise ArgumentError, "not an AF_UNIX sockaddr" unless address.unpack1("S") == AF_UNIX
      path = address.byteslice(2..) || ""
      path.start_with?("\0") && path.match?(/[^\0]/n) ? path.sub(/\0+\z/n, "") : path.unpack1("Z*")
    end

    def getaddrinfo(host, service, family = nil, type = nil, protocol = nil, flags = nil, reverse_lookup = nil)
      reverse = __reverse?(reverse_lookup)
      __lookup(host, service, family, type, protocol, flags).map do |address, kind, socktype, number, _|
        info = Addrinfo.new(address)
        numeric = info.ip_address
        name = reverse ? __getnameinfo(address, NI_NUMERICSERV).first : numeric
        [__name(info.afamily, "AF_"), info.ip_port, name, numeric, kind, socktype, number]
      end
    end

    def getnameinfo(address, flags = 0)
      if Array === address
        raise ArgumentError, "array size should be 3 or 4, #{address.size} given" unless address.size.between?(3, 4)
        family, port, host, numeric = address
        host = numeric if numeric
        found = __lookup(host, __service(port), family, SOCK_STREAM, nil, nil)
        address = found.first.first
      end
      __getnameinfo(__address(address), flags)
    end

    def gethostbyname(name)
      warn("Socket.gethostbyname is deprecated; use Addrinfo.getaddrinfo instead.", category: :deprecated, uplevel: 0)
      __host(name)
    end

    def gethostbyaddr(address, family = nil)
      warn("Socket.gethostbyaddr is deprecated; use Addrinfo#getnameinfo instead.", category: :deprecated, uplevel: 0)
      family = family ? __number(:family, family) : address.bytesize == 16 ? AF_INET6 : AF_INET
      packed = family == AF_INET6 ? [family, 0, 0, address, 0].pack("SnNa16L") : [family, 0, address, ""].pack("Sna4a8")
      name = __getnameinfo(packed, NI_NAMEREQD).first
      [name, [], family, address]
    rescue ResolutionError
      raise SocketError, "host not found"
    end

    def getservbyname(name, protocol = "tcp")
      found = __getaddrinfo(nil, name.to_str, AF_INET, protocol == "udp" ? SOCK_DGRAM : SOCK_STREAM, 0, 0)
      raise SocketError if name.match?(/\A\d/)
      found.first.first.unpack1("@2n")
    rescue SocketError
      raise SocketError, "no such service #{name}/#{protocol}"
    end

    def getservbyport(port, protocol = "tcp")
      port = __integer(port)
      _, service = __getnameinfo([AF_INET, port, "\x7f\0\0\1", ""].pack("Sna4a8"), NI_NUMERICHOST | (protocol == "udp" ? NI_DGRAM : 0))
      raise SocketError, "no such service for port #{port}/#{protocol}" if service == port.to_s || !%w[tcp udp].include?(protocol)
      service
    end

    def ip_address_list = getifaddrs.filter_map(&:addr).select(&:ip?)
    def getifaddrs = __interfaces.map { |parts| Ifaddr.new(*parts) }

    # Yields connections to any of the sockets, for ever.
    def accept_loop(*sockets)
      sockets.flatten!(1)
      raise ArgumentError, "no sockets" if sockets.empty?
      loop do
        IO.select(sockets)[0].each do |socket|
          accepted = socket.accept_nonblock(exception: false)
          yield(*accepted) unless accepted == :wait_readable
        end
      end
    end

    private

    def __service(port)
      case port
      when nil then nil
      when Integer then port.to_s
      else __text(port) or raise TypeError, "no implicit conversion of #{port.class} into String"
      end
    end

    def __reverse?(value)
      case value
      when nil then !BasicSocket.do_not_reverse_lookup
      when true, :hostname then true
      when false, :numeric then false
      when Symbol then raise ArgumentError, "invalid reverse_lookup flag: #{value.inspect}"
      else raise TypeError, "wrong argument type #{value.class} (expected true, false, :hostname, or :numeric)"
      end
    end

    # What a name service says; hosts may be numbers, empty for any address, and `<broadcast>`.
    def __lookup(host, service, family, type, protocol, flags)
      host =
        case host
        when nil then nil
        when "", "<any>" then "0.0.0.0"
        when "<broadcast>" then "255.255.255.255"
        when Integer then [host].pack("N").unpack("C4").join(".")
        else __text(host) or raise TypeError, "no implicit conversion of #{host.class} into String"
        end
      numbers = { family: family, type: type }.map { |kind, value| value ? __number(kind, value) : 0 }
      protocol = protocol ? __integer(protocol) : 0
      __getaddrinfo(host, __service(service), *numbers, protocol, flags ? __integer(flags) : 0)
    end

    def __host(name)
      found = __lookup(name, nil, nil, SOCK_STREAM, nil, AI_CANONNAME)
      family = found.first[1]
      addresses = found.select { |entry| entry[1] == family }.map(&:first)
      addresses.map! { |address| family == AF_INET6 ? address.byteslice(8, 16) : address.byteslice(4, 4) }
      [found.first[4] || name, [], family, *addresses]
    end
  end

  def initialize(family, type = SOCK_STREAM, protocol = 0)
    __open(__number(:family, family), __number(:type, type), Socket.__send__(:__integer, protocol))
  end

  def bind(address)
    address = Socket.__send__(:__address, address)
    __bind(address, "bind(2) for #{Socket.__send__(:__shown, address)}")
  end

  def listen(backlog) = __listen(backlog)

  def connect(address)
    __connect_within(address, nil)
    0
  end

  def connect_nonblock(address, exception: true)
    address = Socket.__send__(:__address, address)
    return 0 if __connect(address, "connect(2) for #{Socket.__send__(:__shown, address)}", false, nil)
    return :wait_writable unless exception
    raise IO::EINPROGRESSWaitWritable, "connect(2) would block"
  end

  def accept
    socket, address = __accept(Socket, true)
    [socket, __info(address)]
  end

  def accept_nonblock(exception: true)
    socket, address = __accept(Socket, false)
    return __would_wait(:Readable, "accept(2)", exception) unless socket
    [socket, __info(address)]
  end

  def sysaccept
    number, address = __accept(nil, true)
    [number, __info(address)]
  end

  def recvfrom(length, flags = 0, buffer = nil)
    __filled(__received(length, flags, 0, "recvfrom(2)", true), buffer) { |bytes, address| [bytes, __info(address)] }
  end

  def recvfrom_nonblock(length, flags = 0, buffer = nil, exception: true)
    received = __received(length, flags, 0, "recvfrom(2)", false) or return __would_wait(:Readable, "recvfrom(2)", exception)
    __filled(received, buffer) { |bytes, address| [bytes, __info(address)] }
  end

  # Takes IPv6 connections only.
  def ipv6only! = setsockopt(:IPV6, :V6ONLY, 1)

  private

  def __info(address)
    Addrinfo.new(address, address.empty? ? nil : __family, __type, 0)
  end

  # Connects, or says that it took too long.
  def __connect_within(address, timeout)
    address = Socket.__send__(:__address, address)
    return if __connect(address, "connect(2) for #{Socket.__send__(:__shown, address)}", true, timeout)
    raise Errno::ETIMEDOUT, "user specified timeout for #{Socket.__send__(:__shown, address)}"
  end
end
