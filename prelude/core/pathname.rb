# Pathname: a path as an object. What asks the file system goes to File, Dir and IO.

class Pathname
  VERSION = "0.4.0"
  SEPARATOR_PAT = /\//

  def initialize(path)
    text = path.respond_to?(:to_path) ? path.to_path : path
    text = String.try_convert(text)
    raise TypeError, "Pathname.new requires a String, #to_path or #to_str" if text.nil?
    raise ArgumentError, "path name contains null byte" if text.include?("\0")
    @path = text.dup
  end

  def to_s
    @path.dup
  end
  alias to_path to_s

  attr_reader :path
  protected :path

  def inspect
    "#<#{self.class}:#{@path}>"
  end

  def ==(other)
    Pathname === other && @path == other.to_s
  end
  alias === ==
  alias eql? ==

  # Separators stand before all other characters.
  def <=>(other)
    return nil unless Pathname === other
    @path.tr("/", "\0") <=> other.to_s.tr("/", "\0")
  end

  def hash
    @path.hash
  end

  def freeze
    super
    @path.freeze
    self
  end

  def sub(*arguments, &block)
    Pathname.new(block ? @path.sub(*arguments, &block) : @path.sub(*arguments))
  end

  def sub_ext(extension)
    Pathname.new(@path.delete_suffix(File.extname(@path)) + extension)
  end

  # The path in front of the last name, and that name; nil when there is only a root or nothing.
  def __split_last(path)
    name = File.basename(path)
    return nil if name.empty? || name == "/"
    [path[0, path.rindex(name)], name]
  end
  private :__split_last

  # The path without useless dots; names before `..` may be links unless told otherwise.
  def cleanpath(consider_symlink = false)
    names = []
    root = @path.start_with?("/")
    parts = @path.split("/").reject { |part| part.empty? || part == "." }
    parts.each do |part|
      if part != ".."
        names << part
      elsif consider_symlink ? !(root && names.empty?) : names.empty? || names.last == ".."
        names << part unless root && names.empty?
      elsif !names.empty?
        names.pop
      end
    end
    return Pathname.new(root ? "/" : ".") if names.empty?
    clean = (root ? "/" : "") + names.join("/")
    if consider_symlink && names.last != ".."
      clean += @path.match?(%r{/\./*\z}) ? "/." : @path.end_with?("/") ? "/" : ""
    end
    Pathname.new(clean)
  end

  def parent
    self + ".."
  end

  def root?
    __split_last(@path).nil? && @path.include?("/")
  end

  def absolute?
    @path.start_with?("/")
  end

  def relative?
    !absolute?
  end

  # Is it a place where another file system is mounted, or the root?
  def mountpoint?
    here = lstat
    above = (self + "..").lstat
    here.dev == above.dev && here.ino == above.ino || here.dev != above.dev
  rescue Errno::ENOENT
    false
  end

  def each_filename(&block)
    return to_enum(__method__) unless block
    @path.split("/").each { |name| block.call(name) unless name.empty? }
    nil
  end

  def ascend
    return to_enum(__method__) unless block_given?
    path = @path
    yield self
    while (parts = __split_last(path))
      path = parts[0]
      break if path.empty?
      yield Pathname.new(__without_trailing(path))
    end
  end

  def descend
    return to_enum(__method__) unless block_given?
    steps = []
    ascend { |step| steps.unshift(step) }
    steps.each { |step| yield step }
    nil
  end

  def __without_trailing(path)
    parts = __split_last(path)
    parts ? parts.join : File.dirname(path)
  end
  private :__without_trailing

  def +(other)
    other = Pathname.new(other) unless Pathname === other
    Pathname.new(__plus(@path, other.to_s))
  end
  alias / +

  # Names at the end of `left` and `..` at the start of `right` take each other away.
  def __plus(left, right)
    return right if right.start_with?("/")
    parts = nil
    while true
      right = right.sub(/\A(?:\.(?:\/+|\z))+/, "")
      parts = __split_last(left)
      break if parts.nil?
      left, name = parts
      next if name == "."
      up = right.match(/\A\.\.(?:\/+|\z)/)
      if name == ".." || up.nil?
        left += name
        break
      end
      right = up.post_match
    end
    right = right.sub(/\A(?:\.\.(?:\/+|\z))+/, "") if parts.nil? && left.include?("/")
    return left.empty? ? "." : left if right.empty?
    parts ? File.join(left, right) : left + right
  end
  private :__plus

  def join(*others)
    return self if others.empty?
    result = nil
    others.reverse_each do |other|
      other = Pathname.new(other) unless Pathname === other
      result = result ? Pathname.new(__plus(other.to_s, result.to_s)) : other
      return result if result.absolute?
    end
    self + result
  end

  def children(with_directory = true)
    with_directory = false if @path == "."
    names = Dir.children(@path)
    names.map { |name| with_directory ? Pathname.new(File.join(@path, name)) : Pathname.new(name) }
  end

  def each_child(with_directory = true, &block)
    children(with_directory).each(&block)
  end

  # The way from a folder to here, by the names alone.
  def relative_path_from(base_directory)
    base_directory = Pathname.new(base_directory) unless Pathname === base_directory
    target = cleanpath.to_s
    base = base_directory.cleanpath.to_s
    if target.start_with?("/") != base.start_with?("/")
      prefix = target.start_with?("/") ? "/" : ""
      raise ArgumentError, "different prefix: #{prefix.inspect} and #{base.inspect}"
    end
    there = target.split("/").reject { |name| name.empty? || name == "." }
    here = base.split("/").reject { |name| name.empty? || name == "." }
    while !there.empty? && there.first == here.first
      there.shift
      here.shift
    end
    raise ArgumentError, "base_directory has ..: #{base.inspect}" if here.include?("..")
    way = here.map { ".." } + there
    Pathname.new(way.empty? ? "." : way.join("/"))
  end

  def each_line(...) = File.foreach(@path, ...)
  def read(...) = File.read(@path, ...)
  def binread(...) = File.binread(@path, ...)
  def readlines(...) = File.readlines(@path, ...)
  def write(...) = File.write(@path, ...)
  def binwrite(...) = File.binwrite(@path, ...)
  def sysopen(...) = IO.sysopen(@path, ...)
  def open(...) = File.open(@path, ...)

  def atime = File.atime(@path)
  def birthtime = File.birthtime(@path)
  def ctime = File.ctime(@path)
  def mtime = File.mtime(@path)
  def chmod(mode) = File.chmod(mode, @path)
  def lchmod(mode) = File.lchmod(mode, @path)
  def chown(owner, group) = File.chown(owner, group, @path)
  def lchown(owner, group) = File.lchown(owner, group, @path)
  def utime(atime, mtime) = File.utime(atime, mtime, @path)
  def lutime(atime, mtime) = File.lutime(atime, mtime, @path)
  def fnmatch(pattern, ...) = File.fnmatch(pattern, @path, ...)
  def fnmatch?(pattern, ...) = File.fnmatch?(pattern, @path, ...)
  def ftype = File.ftype(@path)
  def make_link(old) = File.link(old, @path)
  def make_symlink(old) = File.symlink(old, @path)
  def readlink = Pathname.new(File.readlink(@path))
  def rename(to) = File.rename(@path, to)
  def stat = File.stat(@path)
  def lstat = File.lstat(@path)
  def truncate(length) = File.truncate(@path, length)
  def size = File.size(@path)
  def extname = File.extname(@path)

  def realpath(...) = Pathname.new(File.realpath(@path, ...))
  def realdirpath(...) = Pathname.new(File.realdirpath(@path, ...))
  def basename(...) = Pathname.new(File.basename(@path, ...))
  def dirname = Pathname.new(File.dirname(@path))
  def expand_path(...) = Pathname.new(File.expand_path(@path, ...))
  def split = File.split(@path).map { |part| Pathname.new(part) }

  def blockdev? = FileTest.blockdev?(@path)
  def chardev? = FileTest.chardev?(@path)
  def directory? = FileTest.directory?(@path)
  def executable? = FileTest.executable?(@path)
  def executable_real? = FileTest.executable_real?(@path)
  def exist? = FileTest.exist?(@path)
  def file? = FileTest.file?(@path)
  def grpowned? = FileTest.grpowned?(@path)
  def owned? = FileTest.owned?(@path)
  def pipe? = FileTest.pipe?(@path)
  def readable? = FileTest.readable?(@path)
  def readable_real? = FileTest.readable_real?(@path)
  def setgid? = FileTest.setgid?(@path)
  def setuid? = FileTest.setuid?(@path)
  def size? = FileTest.size?(@path)
  def socket? = FileTest.socket?(@path)
  def sticky? = FileTest.sticky?(@path)
  def symlink? = FileTest.symlink?(@path)
  def world_readable? = File.world_readable?(@path)
  def world_writable? = File.world_writable?(@path)
  def writable? = FileTest.writable?(@path)
  def writable_real? = FileTest.writable_real?(@path)
  def zero? = FileTest.zero?(@path)

  def empty?
    FileTest.directory?(@path) ? Dir.empty?(@path) : FileTest.empty?(@path)
  end

  def self.glob(*arguments, **options)
    unless block_given?
      return Dir.glob(*arguments, **options).map { |path| new(path) }
    end
    Dir.glob(*arguments, **options) { |path| yield new(path) }
  end

  def self.getwd = new(Dir.getwd)
  def self.pwd = new(Dir.getwd)

  def glob(pattern, flags = 0)
    found = Dir.glob(pattern, flags, base: @path).map { |path| self + path }
    return found unless block_given?
    found.each { |path| yield path }
    nil
  end

  def entries = Dir.entries(@path).map { |name| Pathname.new(name) }
  def mkdir(...) = Dir.mkdir(@path, ...)
  def rmdir = Dir.rmdir(@path)
  def opendir(&block) = Dir.open(@path, &block)

  def each_entry(&block)
    return to_enum(__method__) unless block
    Dir.foreach(@path) { |name| block.call(Pathname.new(name)) }
  end

  # Makes the folder and those above it that are missing.
  def mkpath(mode: nil)
    missing = []
    ascend do |folder|
      break if folder.directory?
      missing.unshift(folder)
    end
    missing.each do |folder|
      folder.mkdir(*mode)
      folder.chmod(mode) if mode
    rescue Errno::EEXIST
      raise unless folder.directory?
    end
    self
  end

  def unlink
    Dir.exist?(@path) && !File.symlink?(@path) ? Dir.unlink(@path) : File.unlink(@path)
  end
  alias delete unlink
end

module Kernel
  def Pathname(path)
    return path if Pathname === path
    Pathname.new(path)
  end
  private :Pathname
end
