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

  def self.mktmpdir(prefix_suffix = nil, parent = nil, max_try: nil, **)
    prefix, suffix = prefix_suffix
    prefix = "d" if prefix.nil?
    folder = Tmpname.create(prefix, suffix, parent || tmpdir, max_try) { |path| Dir.mkdir(path, 0o700) }
    return folder unless block_given?
    begin
      yield folder
    ensure
      Tmpname.remove(folder)
    end
  end

  module Tmpname
    def self.create(prefix, suffix, folder, tries)
      prefix = prefix.delete("/\0")
      suffix = suffix.to_s.delete("/\0")
      count = 0
      begin
        day = Time.now.strftime("%Y%m%d")
        path = File.join(folder, "#{prefix}#{day}-#{Process.pid}-#{Random.rand(0x7fffffff).to_s(36)}#{suffix}")
        yield path
        path
      rescue Errno::EEXIST
        count += 1
        raise "cannot generate temporary name using '#{folder}'" if tries && count >= tries
        retry
      end
    end

    def self.remove(path)
      if File.directory?(path) && !File.symlink?(path)
        Dir.children(path).each { |name| remove(File.join(path, name)) }
        Dir.rmdir(path)
      elsif File.exist?(path) || File.symlink?(path)
        File.unlink(path)
      end
    end
  end
end
