# What `io/nonblock` adds beside the flag itself.

class IO
  # Yields with the flag set, and sets it back.
  def nonblock(flag = true)
    before = nonblock?
    self.nonblock = flag
    yield self
  ensure
    self.nonblock = before unless before.nil? || closed?
  end
end
