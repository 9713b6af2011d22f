# Dir.tmpdir and Dir.mktmpdir.
class Dir
  def self.tmpdir
    ["TMPDIR", "TMP", "TEMP"].each do |name|
      folder = ENV[name]
      next if folder.nil? || folder.empty?
      return File.expand_path(folder) if File.directory?(folder) && File.writable?(folder)
    end
    return "/tmp" if File.directory?("/tmp") && File.writable?("/tmp")
    return File.expand_path(".") if File.writable?(".")
    raise ArgumentError, "could not find a temporary directory"
  end

  def self.mktmpdir(prefix_suffix = nil, parent = nil, max_try: nil, **options)
    folder = Tmpname.create(prefix_suffix || "d", parent, max_try: max_try, **options) { |path| Dir.mkdir(path, 0o700) }
    return folder unless block_given?
    begin
      yield folder
    ensure
      remove_all(folder)
    end
  end

  def self.remove_all(path)
    if File.directory?(path) && !File.symlink?(path)
      Dir.children(path).each { |name| remove_all(File.join(path, name)) }
      Dir.rmdir(path)
    elsif File.exist?(path) || File.symlink?(path)
      File.unlink(path)
    end
  end
  private_class_method :remove_all

  # Names that are not taken: the block makes what is to have the name, and raises Errno::EEXIST if it is.
  module Tmpname
    def self.tmpdir
      Dir.tmpdir
    end

    def self.create(basename, tmpdir = nil, max_try: nil, **options)
      folder = tmpdir || self.tmpdir
      prefix, suffix = basename
      prefix = part(prefix, "prefix")
      suffix = suffix.nil? ? "" : part(suffix, "suffix")
      count = nil
      begin
        day = Time.now.strftime("%Y%m%d")
        number = count && "-#{count}"
        path = File.join(folder, "#{prefix}#{day}-#{Process.pid}-#{Random.rand(0x7fffffff).to_s(36)}#{number}#{suffix}")
        yield path, count, options, tmpdir
        path
      rescue Errno::EEXIST
        count = (count || 0) + 1
        raise "cannot generate temporary name using '#{basename}' under '#{folder}'" if max_try && count >= max_try
        retry
      end
    end

    def self.part(text, what)
      string = String.try_convert(text) || raise(ArgumentError, "unexpected #{what}: #{text.inspect}")
      string.delete("/\0")
    end
    private_class_method :part
  end
end
