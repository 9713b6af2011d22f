# What Pathname has beyond the core: walking folders, removing and making them.
class Pathname
  # Everything at and below the path, folders before what is in them; `throw :prune` leaves a folder out.
  def find(ignore_error: true, &block)
    return to_enum(__method__, ignore_error: ignore_error) unless block
    raise Errno::ENOENT, @path unless exist? || symlink?
    walk(@path, ignore_error) { |path| block.call(self.class.new(@path == "." ? path.delete_prefix("./") : path)) }
    nil
  end

  def rmtree(noop: nil, verbose: nil, secure: nil)
    $stderr.puts("rm -rf #{@path}") if verbose
    remove_below(@path) unless noop
    self
  end

  def self.mktmpdir
    require "tmpdir"
    return new(Dir.mktmpdir) unless block_given?
    Dir.mktmpdir { |folder| yield new(folder) }
  end

  private

  def walk(path, ignore_error, &block)
    catch(:prune) do
      block.call(path.dup)
      next unless File.lstat(path).directory?
      Dir.children(path).sort.each { |name| walk(File.join(path, name), ignore_error, &block) }
    rescue Errno::ENOENT, Errno::EACCES, Errno::ENOTDIR, Errno::ELOOP, Errno::ENAMETOOLONG, Errno::EINVAL
      raise unless ignore_error
    end
  end

  def remove_below(path)
    if File.directory?(path) && !File.symlink?(path)
      Dir.children(path).each { |name| remove_below(File.join(path, name)) }
      Dir.rmdir(path)
    else
      File.unlink(path)
    end
  rescue SystemCallError
    # What cannot be removed stays, and so does what is above it.
  end
end
