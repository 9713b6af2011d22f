# What is said about methods whose change has consequences elsewhere.
$stderr = $stdout
$VERBOSE = false
Warning[:performance] = true
class Integer
  def succ = self + 1
  def pred = self - 1
end
class String
  def empty? = length == 0
end
class Mine
  def +(other) = other
  def object_id = super
  def initialize = super
  private def hidden
    private
  end
  remove_method :object_id, :initialize
end
class Object
  def initialize(*) = super
end
Module.new { module_function; def self.change = module_function }.change
Class.new { def self.change = (private; protected; public) }.change
Warning[:performance] = false
class Integer
  def succ = self + 1
end
Warning[:performance] = true
class Array
  undef max
  def max = :mine
end
require "monitor"
Ractor.new { }.value
