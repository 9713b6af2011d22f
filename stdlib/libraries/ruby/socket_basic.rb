# BasicSocket: what all sockets do, over the system calls in Rust. Names beginning with `__` are those.

class Socket
  # Numbers, and how their names may begin.
  NAMES = {
    family: [%w[AF_ PF_], "unknown socket domain"],
    type: [%w[SOCK_], "unknown socket type"],
    protocol: [%w[IPPROTO_], "unknown protocol level"],
    level: [%w[SOL_], "unknown protocol level"],
    ip_level: [%w[SOL_ IPPROTO_], "unknown protocol level"],
    SOL_SOCKET => [%w[SO_], "unknown socket level option name"],
    IPPROTO_IP => [%w[IP_], "unknown IP level option name"],
    IPPROTO_IPV6 => [%w[IPV6_], "unknown IPv6 level option name"],
    IPPROTO_TCP => [%w[TCP_], "unknown TCP level option name"],
    IPPROTO_UDP => [%w[UDP_], "unknown UDP level option name"],
    control: [%w[SCM_], "unknown UNIX control message"],
    shutdown: [%w[SHUT_], "unknown shutdown argument"]
  }.freeze
  # Where numbers have several names.
  USUAL = %i[AF_UNIX PF_UNIX IPPROTO_IP].freeze
  # What looks like the names of options, but names their values.
  VALUES = /\AIP_(PMTUDISC_|DEFAULT_|MAX_)/
  private_constant :NAMES, :USUAL, :VALUES

  class << self
    # The number that a value is or names.
    def __number(kind, value)
      return value if Integer === value
      name = String === value || Symbol === value ? value.to_s : __text(value)
      return __integer(value) unless name
      prefixes, fault = NAMES[kind]
      prefixes&.each do |prefix|
        full = name.start_with?(prefix) ? name : prefix + name
        return const_get(full) if full.match?(/\A[A-Z]\w*\z/) && const_defined?(full, false)
      end
      raise SocketError, "#{fault || "unknown constant"}: #{name}"
    end

    # The name of a number, of constants that begin like this.
    def __name(number, prefix)
      names = Constants.constants.select { |name| name.start_with?(prefix) && Constants.const_get(name) == number && !name.match?(VALUES) }
      (names.find { |name| USUAL.include?(name) } || names.first)&.to_s
    end

    # The level of options, by the family that they are for.
    def __level(family, level)
      return __number(:ip_level, level) if [AF_INET, AF_INET6, AF_UNSPEC].include?(family)
      number = __number(:level, level)
      raise SocketError, "unknown protocol level: #{level}" unless Integer === level || number == SOL_SOCKET
      number
    end

    def __text(value) = String.try_convert(value)

    def __integer(value)
      return value.to_int if value.respond_to?(:to_int)
      shown = value.nil? || value == true || value == false ? value.inspect : value.class
      raise TypeError, "no implicit conversion of #{shown} into Integer"
    end

    # The bytes of an address that is given as an Addrinfo or as bytes.
    def __address(value)
      return value.to_sockaddr if Addrinfo === value
      __message(value)
    end

    # What messages call an address.
    def __shown(address)
      address.empty? ? "" : Addrinfo.new(address).inspect_sockaddr
    rescue ArgumentError, SocketError
      "unknown address"
    end
  end
  private_class_method :__number, :__name, :__level, :__text, :__integer, :__address, :__shown
end

class BasicSocket
  class << self
    def new(*, **)
      warn("#{self}::new() does not take block; use #{self}::open() instead", uplevel: 0) if block_given?
      super(*, **, &nil)
    end

    def open(*, **)
      socket = new(*, **)
      return socket unless block_given?
      begin
        yield socket
      ensure
        socket.close
      end
    end

    private

    def __number(kind, value) = Socket.__send__(:__number, kind, value)
  end

  def local_address = Addrinfo.new(getsockname, __family, __type, 0)
  def remote_address = Addrinfo.new(getpeername, __family, __type, 0)

  def connect_address
    address = local_address
    unless address.ip?
      raise SocketError, "unbound Unix socket" if address.unix? && address.unix_path.empty?
      return address
    end
    raise SocketError, "unbound socket" if address.ip_port.zero?
    host = address.ip_address
    # Sockets that listen anywhere are reached on this host.
    host = address.ipv4? ? "127.0.0.1" : "::1" if ["0.0.0.0", "::"].include?(host)
    Addrinfo.new(Socket.pack_sockaddr_in(address.ip_port, host), address.pfamily, address.socktype, address.protocol)
  end

  def getsockopt(level, name)
    family = __family
    level = Socket.__send__(:__level, family, level)
    name = __number(level, name)
    Socket::Option.new(family, level, name, __getsockopt(level, name, 256))
  end

  # Level, name and value, or an option.
  def setsockopt(*option)
    option = [option[0].level, option[0].optname, option[0].data] if option.size == 1 && Socket::Option === option[0]
    raise ArgumentError, "wrong number of arguments (given #{option.size}, expected 3)" if option.size != 3
    level, name, value = option
    level = Socket.__send__(:__level, __family, level)
    name = __number(level, name)
    data =
      case value
      when true then [1].pack("i")
      when false then [0].pack("i")
      when Integer then [value].pack("i")
      else
        Socket.__send__(:__text, value) or raise TypeError, "no implicit conversion of #{value.nil? ? "nil" : value.class} into String"
      end
    __setsockopt(level, name, data)
  end

  def shutdown(how = Socket::SHUT_RDWR)
    how = __number(:shutdown, how)
    raise ArgumentError, "'how' should be either :SHUT_RD, :SHUT_WR, :SHUT_RDWR" unless how.between?(0, 2)
    __shutdown(how)
  end

  def close_read
    close if __end(false)
    nil
  end

  def close_write
    close if __end(true)
    nil
  end

  def getpeereid
    _pid, user, group = __getsockopt(Socket::SOL_SOCKET, Socket::SO_PEERCRED, 12).unpack("iII")
    [user, group]
  end

  def send(message, flags, address = nil)
    what = address ? "sendto(2)" : "send(2)"
    address = address ? Socket.__send__(:__address, address) : ""
    __send(Socket.__send__(:__message, message), __flags(flags), address, [], what, true)
  end

  def recv(length, flags = 0, buffer = nil)
    __filled(__received(length, flags, 0, "recvfrom(2)", true), buffer) { |bytes,| bytes }
  end

  def recv_nonblock(length, flags = 0, buffer = nil, exception: true)
    received = __received(length, flags, 0, "recvfrom(2)", false) or return __would_wait(:Readable, "recvfrom(2)", exception)
    __filled(received, buffer) { |bytes,| bytes }
  end

  # Takes what there is; the rest of a message that is longer is lost.
  def read_nonblock(length, buffer = nil, exception: true)
    return super if __buffered?
    received = __receive(length, 0, 0, "read_nonblock", false)
    unless received
      return :wait_readable unless exception
      raise IO::EAGAINWaitReadable, "read would block"
    end
    result = __filled(received, buffer) { |bytes,| bytes }
    raise EOFError, "end of file reached" if result.nil? && exception
    result
  end

  def recvmsg(length = nil, flags = 0, control_length = nil, scm_rights: false)
    __message(length, flags, control_length, scm_rights, true)
  end

  def recvmsg_nonblock(length = nil, flags = 0, control_length = nil, scm_rights: false, exception: true)
    message = __message(length, flags, control_length, scm_rights, false)
    message == :wait ? __would_wait(:Readable, "recvmsg(2)", exception) : message
  end

  def sendmsg(message, flags = 0, address = nil, *controls)
    __sendmsg(message, flags, address, controls, true)
  end

  def sendmsg_nonblock(message, flags = 0, address = nil, *controls, exception: true)
    __sendmsg(message, flags, address, controls, false) || __would_wait(:Writable, "sendmsg(2)", exception)
  end

  private

  def __number(kind, value) = Socket.__send__(:__number, kind, value)

  def __flags(flags) = flags.nil? ? 0 : Socket.__send__(:__integer, flags)

  def __family = getsockname.unpack1("S")

  def __type = __getsockopt(Socket::SOL_SOCKET, Socket::SO_TYPE, 4).unpack1("i")

  def __would_wait(direction, call, exception)
    return direction == :Readable ? :wait_readable : :wait_writable unless exception
    raise IO.const_get("EAGAINWait#{direction}"), "#{call} would block"
  end

  # Bytes, address, flags and control data; nil instead of waiting.
  def __received(length, flags, control_length, call, waits)
    raise IOError, "recv for buffered IO" if __buffered?
    __receive(length, __flags(flags), control_length, call, waits)
  end

  # Nothing from a stream is its end.
  def __filled(received, buffer)
    bytes = received[0]
    return nil if bytes.empty? && [Socket::SOCK_STREAM, Socket::SOCK_SEQPACKET].include?(__type)
    received[0] = __into(buffer, bytes) if buffer
    yield received
  end

  # The bytes in a String of the caller's, whose encoding stays.
  def __into(buffer, bytes)
    encoding = buffer.encoding
    buffer.replace(bytes).force_encoding(encoding)
  end

  def __message(length, flags, control_length, scm_rights, waits)
    raise IOError, "recv for buffered IO" if __buffered?
    size, room, flags = length || 4096, control_length || 4096, __flags(flags)
    # What does not fit is looked at again with more room, unless the caller has said how much there shall be.
    until length && control_length
      peeked = __receive(size, flags | Socket::MSG_PEEK, room, "recvmsg(2)", waits) or return :wait
      __descriptors(peeked[3]).each(&:close)
      larger = false
      (size *= 2; larger = true) if !length && peeked[0].bytesize == size
      (room *= 2; larger = true) if !control_length && peeked[2].anybits?(Socket::MSG_CTRUNC)
      break unless larger
    end
    bytes, address, result_flags, controls = __receive(size, flags, room, "recvmsg(2)", waits)
    return :wait unless bytes
    return if bytes.empty? && controls.empty? && __type == Socket::SOCK_STREAM
    family = __family
    sender = Addrinfo.new(address, address.empty? ? nil : family, __type, 0)
    [bytes, sender, result_flags, *controls.map { |level, type, data| __control(family, level, type, data, scm_rights) }]
  end

  def __control(family, level, type, data, keeps)
    control = Socket::AncillaryData.new(family, level, type, data)
    return control unless level == Socket::SOL_SOCKET && type == Socket::SCM_RIGHTS
    streams = __descriptors([[level, type, data]])
    streams.each(&:close) unless keeps
    control.instance_variable_set(:@unix_rights, keeps ? streams : nil)
    control
  end

  # The files whose descriptors came with a message.
  def __descriptors(controls)
    rights = controls.select { |level, type,| level == Socket::SOL_SOCKET && type == Socket::SCM_RIGHTS }
    rights.flat_map { |_, _, data| data.unpack("i*") }.map do |number|
      io = IO.for_fd(number, autoclose: false)
      io.stat.socket? ? Socket.for_fd(number) : io.tap { io.autoclose = true }
    end
  end

  def __sendmsg(message, flags, address, controls, waits)
    address = address ? Socket.__send__(:__address, address) : ""
    family = __family
    controls = controls.map do |control|
      next [control.level, control.type, control.data] if Socket::AncillaryData === control
      level, type, data = control
      level = Socket.__send__(:__level, family, level)
      type = __number(level == Socket::SOL_SOCKET ? :control : level, type)
      [level, type, String.try_convert(data) || [*data].map { |io| io.to_io.fileno }.pack("i*")]
    end
    __send(Socket.__send__(:__message, message), __flags(flags), address, controls, "sendmsg(2)", waits)
  end
end

class Socket
  class << self
    private

    def __message(message)
      __text(message) or raise TypeError, "no implicit conversion of #{message.nil? ? "nil" : message.class} into String"
    end
  end
end
