# cmake -DOUTPUT=x.cpp -DOBJECTS=a.o;b.o -P EmbedObjects.cmake: the bytes of each object as an array named after it.
set(text "// Made by EmbedObjects.cmake.\n")
foreach(object ${OBJECTS})
  get_filename_component(name ${object} NAME_WE)
  file(READ ${object} bytes HEX)
  string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
  string(APPEND text "extern const unsigned char ${name}[];\nextern const unsigned long ${name}_size;\n"
                     "const unsigned char ${name}[] = {${bytes}};\nconst unsigned long ${name}_size = sizeof ${name};\n")
endforeach()
file(WRITE ${OUTPUT} "${text}")
