# A class's own constants hide those of modules that are prepended to it; below, the order of the ancestors counts.
module Front; NAME = :front; OTHER = :front; end
class Plain
  NAME = :plain
  prepend Front
  def self.name_here = NAME
end
class Below < Plain; end
p Plain::NAME, Plain.name_here, Plain.const_get(:NAME), Plain::OTHER, Below::NAME
p Plain.constants.sort, Plain.constants(false), Plain.const_source_location(:NAME)[1], Plain.const_defined?(:OTHER)
