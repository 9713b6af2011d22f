# Etc: users and groups of /etc/passwd and /etc/group, and what the system says of itself.
module Etc
  VERSION = "1.4.6"

  # Entries of one of the files, one a line, fields between colons.
  module Table
    include Enumerable

    def each
      return to_enum(:each) unless block_given?
      entries.each { |entry| yield entry }
      self
    end

    def entries
      File.readlines(const_get(:PATH), chomp: true).filter_map do |line|
        fields = line.split(":", -1)
        from_fields(fields) if fields.size >= const_get(:FIELDS) && !line.start_with?("#", "+", "-")
      end
    rescue Errno::ENOENT
      []
    end
  end

  Passwd = Struct.new(:name, :passwd, :uid, :gid, :gecos, :dir, :shell)
  Group = Struct.new(:name, :passwd, :gid, :mem)

  class Passwd
    PATH = "/etc/passwd"
    FIELDS = 7
    private_constant :PATH, :FIELDS
    extend Table

    def self.from_fields(fields)
      name, password, user, group, gecos, folder, shell = fields
      new(name, password, user.to_i, group.to_i, gecos, folder, shell)
    end
    private_class_method :from_fields
  end

  class Group
    PATH = "/etc/group"
    FIELDS = 4
    private_constant :PATH, :FIELDS
    extend Table

    def self.from_fields(fields)
      name, password, group, members = fields
      new(name, password, group.to_i, members.split(","))
    end
    private_class_method :from_fields
  end
  private_constant :Table

  # Positions of getpwent and getgrent.
  @places = {Passwd => 0, Group => 0}

  class << self
    def getpwuid(user = Process.uid)
      user = integer_of(user)
      Passwd.find { |entry| entry.uid == user } || raise(ArgumentError, "can't find user for #{user}")
    end

    def getpwnam(name)
      Passwd.find { |entry| entry.name == name_of(name) } || raise(ArgumentError, "can't find user for #{name}")
    end

    def getgrgid(group = Process.gid)
      group = integer_of(group)
      Group.find { |entry| entry.gid == group } || raise(ArgumentError, "can't find group for #{group}")
    end

    def getgrnam(name)
      Group.find { |entry| entry.name == name_of(name) } || raise(ArgumentError, "can't find group for #{name}")
    end

    def passwd(&block)
      block ? each_entry(Passwd, &block) : getpwent
    end

    def group(&block)
      block ? each_entry(Group, &block) : getgrent
    end

    def getpwent
      next_entry(Passwd)
    end

    def getgrent
      next_entry(Group)
    end

    def setpwent
      @places[Passwd] = 0
      nil
    end
    alias endpwent setpwent

    def setgrent
      @places[Group] = 0
      nil
    end
    alias endgrent setgrent

    # The name the user logged in by, if there was a login.
    def getlogin
      user = File.read("/proc/self/loginuid").to_i
      entry = Passwd.find { |candidate| candidate.uid == user }
      entry ? entry.name : ENV["USER"]
    rescue SystemCallError
      ENV["USER"]
    end

    def nprocessors
      Primitive.processors
    end

    def uname
      names = %i[sysname nodename release version machine]
      names.zip(Primitive.system_names).to_h
    end

    def sysconfdir
      "/etc"
    end

    def systmpdir
      "/tmp"
    end

    private

    def integer_of(value)
      return value if Integer === value
      raise TypeError, "no implicit conversion of #{value.nil? ? "nil" : value.class} into Integer" unless value.respond_to?(:to_int)
      value.to_int
    end

    def name_of(name)
      return name if name.is_a?(String)
      Primitive.to_string(name)
    end

    def each_entry(table, &block)
      raise RuntimeError, "parallel #{table == Passwd ? "passwd" : "group"} iteration" if @busy == table
      @busy = table
      begin
        table.each(&block)
        nil
      ensure
        @busy = nil
      end
    end

    def next_entry(table)
      entry = table.entries[@places[table]]
      @places[table] += 1 if entry
      entry
    end
  end
end
