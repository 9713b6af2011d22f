# UNIXSocket and UNIXServer, and Socket's functions about them.

class UNIXSocket < BasicSocket
  class << self
    def pair(type = nil, protocol = nil)
      type = type ? __number(:type, type) : Socket::SOCK_STREAM
      pair = __pair(Socket::AF_UNIX, type, protocol ? Socket.__send__(:__integer, protocol) : 0)
      return pair unless block_given?
      begin
        yield pair
      ensure
        pair.each(&:close)
      end
    end
    alias socketpair pair
  end

  def initialize(path)
    address = __address(path)
    __open(Socket::AF_UNIX, Socket::SOCK_STREAM, 0)
    begin
      __connect(address, "connect(2) for #{path.to_s}", true, nil)
    rescue SystemCallError
      close
      raise
    end
  end

  def path = Socket.unpack_sockaddr_un(getsockname)
  def addr = ["AF_UNIX", path]
  def peeraddr = ["AF_UNIX", Socket.unpack_sockaddr_un(getpeername)]

  def recvfrom(length, flags = 0, buffer = nil)
    __filled(__received(length, flags, 0, "recvfrom(2)", true), buffer) do |bytes, address|
      [bytes, ["AF_UNIX", address.bytesize > 2 ? Socket.unpack_sockaddr_un(address) : ""]]
    end
  end

  def send_io(io)
    number = Integer === io ? io : io.respond_to?(:to_io) ? io.to_io.fileno : raise(TypeError, "no implicit conversion of #{io.class} into IO")
    __send("\0", 0, "", [[Socket::SOL_SOCKET, Socket::SCM_RIGHTS, [number].pack("i")]], "sendmsg(2)", true)
    nil
  end

  def recv_io(klass = IO, mode = nil)
    _, _, _, controls = __receive(1, 0, 64, "recvmsg(2)", true)
    number = controls.first&.last&.unpack1("i") or raise SocketError, "file descriptor was not passed (msg_controllen=0 smaller than sizeof(struct cmsghdr)=16)"
    return number if klass.nil?
    mode ? klass.for_fd(number, mode) : klass.for_fd(number)
  end

  private

  def __address(path) = Socket.pack_sockaddr_un(path.respond_to?(:to_path) ? path.to_path : path)
end

class UNIXServer < UNIXSocket
  def initialize(path)
    address = __address(path)
    __open(Socket::AF_UNIX, Socket::SOCK_STREAM, 0)
    begin
      __bind(address, "bind(2) for #{path}")
      __listen(Socket::SOMAXCONN)
    rescue SystemCallError
      close
      raise
    end
  end

  def accept = __accept(UNIXSocket, true).first

  def accept_nonblock(exception: true)
    socket, = __accept(UNIXSocket, false)
    socket || __would_wait(:Readable, "accept(2)", exception)
  end

  def sysaccept = __accept(nil, true).first

  def listen(backlog) = __listen(backlog)

  def inspect = closed? ? super : "#<#{self.class}:#{path}>"
end

class Socket
  class << self
    def unix(path)
      socket = Addrinfo.unix(path).connect
      return socket unless block_given?
      begin
        yield socket
      ensure
        socket.close
      end
    end

    # A socket that listens at a path, which is taken over from one that nobody listens at, and is gone in the end.
    def unix_server_socket(path)
      __clear(path)
      socket = Addrinfo.unix(path).listen
      return socket unless block_given?
      begin
        yield socket
      ensure
        socket.close
        __clear(path)
      end
    end

    def unix_server_loop(path, &block)
      unix_server_socket(path) { |socket| accept_loop(socket, &block) }
    end

    private

    def __clear(path)
      return if path.start_with?("\0")
      File.unlink(path) if File.socket?(path) && File.owned?(path)
    end
  end
end
