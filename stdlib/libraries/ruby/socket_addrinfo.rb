# Addrinfo: an address with the kind of socket that it is for.

class Addrinfo
  INET = [Socket::AF_INET, Socket::AF_INET6].freeze
  private_constant :INET

  class << self
    def getaddrinfo(host, service, family = nil, type = nil, protocol = nil, flags = nil, timeout: nil)
      found = Socket.__send__(:__lookup, host, service, family, type, protocol, flags)
      found.map do |address, kind, socktype, number, canonical|
        new(address, kind, socktype, number).tap { |info| info.__send__(:__note, host, service, canonical) }
      end
    end

    def foreach(host, service, family = nil, type = nil, protocol = nil, flags = nil, timeout: nil, &block)
      getaddrinfo(host, service, family, type, protocol, flags, timeout: timeout).each(&block)
    end

    def ip(host)
      found = getaddrinfo(host, nil).first
      new(found.to_sockaddr, found.pfamily, 0, 0).tap { |info| info.__send__(:__note, host, nil) }
    end

    def tcp(host, port) = getaddrinfo(host, port, nil, :STREAM, Socket::IPPROTO_TCP).first
    def udp(host, port) = getaddrinfo(host, port, nil, :DGRAM, Socket::IPPROTO_UDP).first

    def unix(path, type = nil)
      type = type ? Socket.__send__(:__number, :type, type) : Socket::SOCK_STREAM
      new(Socket.pack_sockaddr_un(path), Socket::PF_UNIX, type, 0)
    end
  end

  attr_reader :afamily, :pfamily, :socktype, :protocol, :canonname

  def initialize(address, family = nil, type = nil, protocol = nil)
    @canonname = @inspectname = nil
    @socktype = type ? Socket.__send__(:__number, :type, type) : 0
    @protocol = protocol ? Socket.__send__(:__integer, protocol) : 0
    @sockaddr = Array === address ? __from_array(address, family) : Socket.__send__(:__message, address).b
    raise ArgumentError, "bad sockaddr" if @sockaddr.bytesize == 1
    @afamily = @sockaddr.empty? ? Socket::AF_UNSPEC : @sockaddr.unpack1("S")
    @pfamily = family ? Socket.__send__(:__number, :family, family) : Array === address ? @afamily : Socket::PF_UNSPEC
  end

  def to_sockaddr = @sockaddr.dup
  alias to_s to_sockaddr

  def ip? = INET.include?(@afamily)
  def ipv4? = @afamily == Socket::AF_INET
  def ipv6? = @afamily == Socket::AF_INET6
  def unix? = @afamily == Socket::AF_UNIX

  def ip_unpack
    __need_ip
    [ip_address, ip_port]
  end

  def ip_address
    __need_ip
    getnameinfo(Socket::NI_NUMERICHOST | Socket::NI_NUMERICSERV).first
  end

  def ip_port
    __need_ip
    @sockaddr.unpack1("@2n")
  end

  def unix_path
    raise SocketError, "need AF_UNIX address" unless unix?
    Socket.unpack_sockaddr_un(@sockaddr)
  end

  def getnameinfo(flags = 0)
    flags |= Socket::NI_DGRAM if @socktype == Socket::SOCK_DGRAM
    Socket.__send__(:__getnameinfo, @sockaddr, flags)
  end

  def ipv4_private? = __in4?("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
  def ipv4_loopback? = __in4?("127.0.0.0/8")
  def ipv4_multicast? = __in4?("224.0.0.0/4")

  def ipv6_unspecified? = __words6 == [0] * 8
  def ipv6_loopback? = __words6 == [0] * 7 + [1]
  def ipv6_multicast? = __word6 { |first| first >> 8 == 0xff }
  def ipv6_linklocal? = __word6 { |first| first >> 6 == 0x3fa }
  def ipv6_sitelocal? = __word6 { |first| first >> 6 == 0x3fb }
  def ipv6_unique_local? = __word6 { |first| first >> 9 == 0x7e }
  def ipv6_v4mapped? = __words6&.first(6) == [0, 0, 0, 0, 0, 0xffff]
  def ipv6_v4compat? = __words6&.first(6) == [0] * 6 && __words6.last(2).then { |high, low| high << 16 | low } > 1
  def ipv6_mc_nodelocal? = __multicast_scope?(1)
  def ipv6_mc_linklocal? = __multicast_scope?(2)
  def ipv6_mc_sitelocal? = __multicast_scope?(5)
  def ipv6_mc_orglocal? = __multicast_scope?(8)
  def ipv6_mc_global? = __multicast_scope?(14)

  def ipv6_to_ipv4
    return unless ipv6_v4mapped? || ipv6_v4compat?
    Addrinfo.new([Socket::AF_INET, 0, @sockaddr.byteslice(20, 4), "".b].pack("Sna4a8"), Socket::PF_INET, @socktype, @protocol)
  end

  def inspect_sockaddr
    return "empty-sockaddr" if @sockaddr.empty?
    case @afamily
    when Socket::AF_INET
      return "too-short-AF_INET-sockaddr" if @sockaddr.bytesize < 8
      port = ip_port
      host = @sockaddr.byteslice(4, 4).unpack("C4").join(".")
      port.zero? ? host : "#{host}:#{port}"
    when Socket::AF_INET6
      return "too-short-AF_INET6-sockaddr" if @sockaddr.bytesize < 28
      port = ip_port
      port.zero? ? ip_address : "[#{ip_address}]:#{port}"
    when Socket::AF_UNIX
      path = unix_path
      return "empty-path-AF_UNIX-sockaddr" if path.empty?
      return "UNIX #{path}" unless path.match?(/\A[\x21-\x7e]+\z/n)
      path.start_with?("/") ? path : "UNIX #{path}"
    else
      name = Socket.__send__(:__name, @afamily, "AF_") || "unknown address family #{@afamily}"
      rest = @sockaddr.byteslice(2..)
      rest.empty? ? name : "#{name}[#{rest.unpack1("H*")}]"
    end
  end

  def inspect
    shown = [inspect_sockaddr]
    shown << (Socket.__send__(:__name, @pfamily, "PF_") || "PF_#{@pfamily}") if @pfamily != @afamily && @pfamily != Socket::PF_UNSPEC
    shown.concat(__kind)
    name = @canonname || @inspectname
    shown << "(#{name})" if name
    "#<Addrinfo: #{shown.join(" ")}>"
  end

  # A similar address: what is given in place of its own parts.
  def family_addrinfo(*arguments)
    case arguments.first
    when Addrinfo
      raise ArgumentError, "too many arguments" if arguments.size > 1
      other = arguments.first
      raise ArgumentError, "protocol family mismatch" if other.pfamily != pfamily
      raise ArgumentError, "socket type mismatch" if other.socktype != socktype
      other
    when nil
      raise ArgumentError, "no address specified"
    else
      if ip?
        raise ArgumentError, "IP address needs host and port but #{arguments.inspect} given" if arguments.size != 2
        Addrinfo.getaddrinfo(*arguments, pfamily, socktype, protocol).first
      elsif unix?
        raise ArgumentError, "UNIX socket needs single path argument but #{arguments.inspect} given" if arguments.size != 1
        Addrinfo.unix(arguments.first)
      else
        raise ArgumentError, "unexpected family"
      end
    end
  end

  def connect(timeout: nil, &block) = __connect(nil, timeout, &block)

  def connect_from(*arguments, timeout: nil, &block)
    __connect(family_addrinfo(*arguments), timeout, &block)
  end

  def connect_to(*arguments, timeout: nil, &block)
    family_addrinfo(*arguments).__send__(:__connect, self, timeout, &block)
  end

  def bind(&block)
    __socket(block) do |socket|
      socket.ipv6only! if ipv6?
      socket.setsockopt(:SOCKET, :REUSEADDR, 1)
      socket.bind(self)
    end
  end

  def listen(backlog = Socket::SOMAXCONN, &block)
    __socket(block) do |socket|
      socket.ipv6only! if ipv6?
      socket.setsockopt(:SOCKET, :REUSEADDR, 1)
      socket.bind(self)
      socket.listen(backlog)
    end
  end

  def marshal_dump
    address = unix? ? unix_path : ip? ? [ip_address, ip_port.to_s] : @sockaddr
    name = ->(number, prefix) { Socket.__send__(:__name, number, prefix) || number }
    protocol = @protocol.zero? || !ip? ? @protocol : name.(@protocol, "IPPROTO_")
    type = @socktype.zero? ? 0 : name.(@socktype, "SOCK_")
    [name.(@afamily, "AF_"), address, name.(@pfamily, "PF_"), type, protocol, @canonname, @inspectname]
  end

  def marshal_load(parts)
    family, address, pfamily, type, protocol, @canonname, @inspectname = parts
    number = ->(value) { Integer === value ? value : Socket.const_get(value) }
    @afamily, @pfamily, @socktype, @protocol = [family, pfamily, type, protocol].map(&number)
    @sockaddr =
      case @afamily
      when Socket::AF_UNIX then Socket.pack_sockaddr_un(address)
      when *INET then Socket.pack_sockaddr_in(address[1], address[0])
      else address
      end
  end

  private

  # What it was looked up by, as far as that says more than its numbers.
  def __note(host, service, canonname = nil)
    host = nil if host && ip? && host.to_s == ip_address
    service = nil if service && service.to_s.match?(/\A\d+\z/)
    @inspectname = [host, service && ":#{service}"].compact.join.then { |name| name unless name.empty? }
    @canonname = canonname
  end

  # Words for type and protocol.
  def __kind
    is_internet = INET.include?(@pfamily)
    return ["TCP"] if is_internet && @socktype == Socket::SOCK_STREAM && [0, Socket::IPPROTO_TCP].include?(@protocol)
    return ["UDP"] if is_internet && @socktype == Socket::SOCK_DGRAM && [0, Socket::IPPROTO_UDP].include?(@protocol)
    kind = []
    kind << (Socket.__send__(:__name, @socktype, "SOCK_") || "unknown socktype:#{@socktype}") unless @socktype.zero?
    return kind if @protocol.zero?
    kind << (is_internet && Socket.__send__(:__name, @protocol, "IPPROTO_") || "UNKNOWN_PROTOCOL(#{@protocol})")
  end

  def __need_ip
    raise SocketError, "need IPv4 or IPv6 address" unless ip?
  end

  # An address as sockets give it: family, port, host, numeric host; or the family and a path.
  def __from_array(parts, family)
    name, *rest = parts
    kind = Socket.__send__(:__number, :family, name)
    case kind
    when Socket::AF_UNIX then Socket.pack_sockaddr_un(rest.first)
    when *INET
      port, host, numeric = rest
      port = Integer(port.to_s) unless port.nil?
      # Raw sockets have no ports for name services to look at.
      hints = @socktype == Socket::SOCK_RAW ? [nil, family || kind, nil, nil] : [port, family || kind, @socktype, @protocol]
      found = Socket.__send__(:__lookup, numeric || host, *hints, Socket::AI_NUMERICHOST)
      address = found.first.first
      @inspectname = host if host != numeric
      address.byteslice(0, 2) + [port || 0].pack("n") + address.byteslice(4..)
    else
      raise ArgumentError, "unexpected address family"
    end
  end

  def __in4?(*ranges)
    return false unless ipv4?
    number = @sockaddr.unpack1("@4N")
    ranges.any? do |range|
      base, length = range.split("/")
      shift = 32 - length.to_i
      number >> shift == base.split(".").map(&:to_i).pack("C4").unpack1("N") >> shift
    end
  end

  def __words6 = ipv6? ? @sockaddr.unpack("@8n8") : nil

  def __word6 = ipv6? && yield(__words6.first)

  def __multicast_scope?(scope) = __word6 { |first| first >> 8 == 0xff && first & 0xf == scope }

  def __connect(local, timeout)
    socket = Socket.new(pfamily, socktype, protocol)
    begin
      socket.ipv6only! if ipv6? && local
      socket.bind(local) if local
      socket.__send__(:__connect_within, self, timeout)
    rescue Exception
      socket.close
      raise
    end
    return socket unless block_given?
    begin
      yield socket
    ensure
      socket.close
    end
  end

  def __socket(block)
    socket = Socket.new(pfamily, socktype, protocol)
    begin
      yield socket
    rescue Exception
      socket.close
      raise
    end
    return socket unless block
    begin
      block.call(socket)
    ensure
      socket.close
    end
  end
end
