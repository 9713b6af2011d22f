# Options of sockets, and what comes beside the bytes of messages.

class Socket
  class Option
    attr_reader :family, :level, :optname, :data
    alias to_s data

    class << self
      def int(family, level, name, value) = new(family, level, name, [value].pack("i"))
      def bool(family, level, name, value) = new(family, level, name, [value ? 1 : 0].pack("i"))
      def byte(family, level, name, value) = new(family, level, name, [value].pack("C"))

      def linger(on, seconds)
        on = Integer === on ? on : on ? 1 : 0
        new(:UNSPEC, :SOCKET, :LINGER, [on, Socket.__send__(:__integer, seconds)].pack("ii"))
      end

      def ipv4_multicast_ttl(value) = new(:INET, :IP, :MULTICAST_TTL, [value].pack("i"))
      def ipv4_multicast_loop(value) = new(:INET, :IP, :MULTICAST_LOOP, [value].pack("i"))
    end

    def initialize(family, level, name, data)
      @family = Socket.__send__(:__number, :family, family)
      @level = Socket.__send__(:__level, @family, level)
      @optname = Socket.__send__(:__number, @level, name)
      @data = Socket.__send__(:__message, data)
    end

    def int = __unpack("i", 4, "int")
    def bool = @data.bytesize == 1 ? !@data.getbyte(0).zero? : !int.zero?
    def byte = __unpack("C", 1, "byte")

    def linger
      raise TypeError, "linger socket option expected" unless @level == SOL_SOCKET && @optname == SO_LINGER
      raise TypeError, "size differ.  expected as sizeof(struct linger)=8 but #{@data.bytesize}" unless @data.bytesize == 8
      on, seconds = @data.unpack("ii")
      [on.zero? ? false : on == 1 ? true : on, seconds]
    end

    def ipv4_multicast_ttl = int
    def ipv4_multicast_loop = int
    def unpack(template) = @data.unpack(template)

    def inspect
      family = Socket.__send__(:__name, @family, "AF_")&.delete_prefix("AF_") || "family:#{@family}"
      "#<Socket::Option: #{family} #{__names} #{__value}>"
    end

    private

    def __names
      prefix = { SOL_SOCKET => "SO_", IPPROTO_IP => "IP_", IPPROTO_IPV6 => "IPV6_", IPPROTO_TCP => "TCP_", IPPROTO_UDP => "UDP_" }[@level]
      level = @level == SOL_SOCKET ? "SOCKET" : Socket.__send__(:__name, @level, "IPPROTO_")&.delete_prefix("IPPROTO_")
      name = prefix && Socket.__send__(:__name, @optname, prefix)&.delete_prefix(prefix)
      "#{level || "level:#{@level}"} #{name || "optname:#{@optname}"}"
    end

    def __value
      if @level == SOL_SOCKET && @optname == SO_LINGER && @data.bytesize == 8
        on, seconds = @data.unpack("ii")
        return "#{on.zero? ? "off" : "on"} #{seconds}sec"
      end
      if @level == SOL_SOCKET && @optname == SO_TYPE && @data.bytesize == 4
        return Socket.__send__(:__name, int, "SOCK_") || int.to_s
      end
      @data.bytesize == 4 ? int.to_s : @data.inspect
    end

    def __unpack(template, size, name)
      raise TypeError, "size differ.  expected as sizeof(#{name})=#{size} but #{@data.bytesize}" unless @data.bytesize == size
      @data.unpack1(template)
    end
  end

  class AncillaryData
    attr_reader :family, :level, :type, :data

    class << self
      def int(family, level, type, value) = new(family, level, type, [value].pack("i"))

      def unix_rights(*streams)
        streams.each { |io| raise TypeError, "IO expected" unless IO === io }
        new(:UNIX, :SOCKET, :RIGHTS, streams.map(&:fileno).pack("i*")).tap { |data| data.instance_variable_set(:@unix_rights, streams) }
      end

      def ip_pktinfo(address, index, destination = address)
        data = [index].pack("i") + [destination, address].map { |each| each.to_sockaddr.byteslice(4, 4) }.join
        new(:INET, :IP, :PKTINFO, data)
      end

      def ipv6_pktinfo(address, index)
        new(:INET6, :IPV6, :PKTINFO, address.to_sockaddr.byteslice(8, 16) + [index].pack("I"))
      end
    end

    def initialize(family, level, type, data)
      @family = Socket.__send__(:__number, :family, family)
      @level = Socket.__send__(:__level, @family, level)
      @type = Socket.__send__(:__number, @level == SOL_SOCKET ? :control : @level, type)
      @data = Socket.__send__(:__message, data)
      @unix_rights = nil
    end

    def int
      raise TypeError, "size differ.  expected as sizeof(int)=4 but #{@data.bytesize}" unless @data.bytesize == 4
      @data.unpack1("i")
    end

    def cmsg_is?(level, type)
      level = Socket.__send__(:__level, @family, level)
      type = Socket.__send__(:__number, level == SOL_SOCKET ? :control : level, type)
      [level, type] == [@level, @type]
    end

    def unix_rights
      raise TypeError, "SCM_RIGHTS ancillary data expected" unless @level == SOL_SOCKET && @type == SCM_RIGHTS
      @unix_rights
    end

    def ip_pktinfo
      raise TypeError, "IP_PKTINFO ancillary data expected" unless @level == IPPROTO_IP && @type == IP_PKTINFO && @data.bytesize == 12
      index, destination, address = @data.unpack("ia4a4")
      [__address4(address), index, __address4(destination)]
    end

    def ipv6_pktinfo
      raise TypeError, "IPV6_PKTINFO ancillary data expected" unless @level == IPPROTO_IPV6 && @type == IPV6_PKTINFO && @data.bytesize == 20
      bytes, index = @data.unpack("a16I")
      [Addrinfo.new([AF_INET6, 0, 0, bytes, 0].pack("SnNa16L"), nil, 0, 0), index]
    end

    def ipv6_pktinfo_addr = ipv6_pktinfo.first
    def ipv6_pktinfo_ifindex = ipv6_pktinfo.last

    def inspect
      family = Socket.__send__(:__name, @family, "AF_")&.delete_prefix("AF_") || "family:#{@family}"
      level = @level == SOL_SOCKET ? "SOCKET" : Socket.__send__(:__name, @level, "IPPROTO_")&.delete_prefix("IPPROTO_") || "level:#{@level}"
      prefix = { SOL_SOCKET => "SCM_", IPPROTO_IP => "IP_", IPPROTO_IPV6 => "IPV6_" }[@level]
      type = prefix && Socket.__send__(:__name, @type, prefix)&.delete_prefix(prefix) || "cmsg_type:#{@type}"
      "#<Socket::AncillaryData: #{family} #{level} #{type} #{@unix_rights&.join(" ") || @data.inspect}>"
    end

    private

    def __address4(bytes) = Addrinfo.new([AF_INET, 0, bytes, ""].pack("Sna4a8"), nil, 0, 0)
  end
end
