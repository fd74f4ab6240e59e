# What `cmake --install` puts where. -DCMAKE_INSTALL_PREFIX=/usr brings the configuration to /etc/triaged.

install(TARGETS triaged triagectl RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES docs/man/triaged.8 DESTINATION ${CMAKE_INSTALL_MANDIR}/man8)
install(FILES docs/man/triagectl.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES docs/operations.md docs/protocol.md docs/rule-language.md docs/journal-format.md LICENSE
        DESTINATION ${CMAKE_INSTALL_DOCDIR})

# The program prints its own completions, so they cannot fall behind it.
set(completions ${CMAKE_BINARY_DIR}/completions)
add_custom_command(
  OUTPUT ${completions}/triagectl ${completions}/_triagectl ${completions}/triagectl.fish
  COMMAND ${CMAKE_COMMAND} -E make_directory ${completions}
  COMMAND triagectl completions bash > ${completions}/triagectl
  COMMAND triagectl completions zsh > ${completions}/_triagectl
  COMMAND triagectl completions fish > ${completions}/triagectl.fish
  DEPENDS triagectl
  VERBATIM)
add_custom_target(completions ALL DEPENDS ${completions}/triagectl)
install(FILES ${completions}/triagectl DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(FILES ${completions}/_triagectl DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
install(FILES ${completions}/triagectl.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)

set(TRIAGED_ETC ${CMAKE_INSTALL_FULL_SYSCONFDIR}/triaged)
configure_file(config/triaged.service ${CMAKE_BINARY_DIR}/triaged.service @ONLY)
install(FILES ${CMAKE_BINARY_DIR}/triaged.service DESTINATION lib/systemd/system)

# Operators edit these: an upgrade leaves theirs alone, and brings the new ones along as examples.
set(operators_files FILES_MATCHING PATTERN "*.yaml" PATTERN "*.ics" PATTERN sample EXCLUDE PATTERN demo EXCLUDE)
install(DIRECTORY config rules DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples ${operators_files})
foreach(folder config rules)
  install(CODE "
    if(NOT EXISTS \"\$ENV{DESTDIR}${TRIAGED_ETC}/${folder}\")
      file(INSTALL \"${CMAKE_SOURCE_DIR}/${folder}\" DESTINATION \"${TRIAGED_ETC}\" ${operators_files})
      set(main \"\$ENV{DESTDIR}${TRIAGED_ETC}/${folder}/triaged.yaml\")
      if(EXISTS \"\${main}\")  # a checkout keeps its journal beside it, an installation where the unit may write
        file(READ \"\${main}\" text)
        string(REPLACE \"../var/main     \" \"/var/lib/triaged\" text \"\${text}\")
        file(WRITE \"\${main}\" \"\${text}\")
      endif()
    endif()")
endforeach()
