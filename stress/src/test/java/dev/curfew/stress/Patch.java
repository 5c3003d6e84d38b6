// SPDX-License-Identifier: Apache-2.0
package dev.curfew.stress;

import java.io.IOException;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/// Classes of core with a few lines changed, to be put before the real ones on a class path.
final class Patch {

  private static final Path SOURCES =
      Path.of(System.getProperty("curfew.core.sources", "../core/src/main/java"), "dev", "curfew");

  private Patch() {}

  /// Edits copies of the sources, and compiles them; without edits there are none.
  ///
  /// @param folder an empty one
  /// @return the folder with the classes
  /// @throws IllegalStateException if a source no longer has the text, or does not compile
  static Path compile(List<Edit> edits, Path folder) throws IOException {
    Path classes = Files.createDirectories(folder.resolve("classes"));
    Set<String> files = new LinkedHashSet<>();
    edits.forEach(edit -> files.add(edit.file()));
    List<Path> sources = new ArrayList<>();
    for (String file : files) {
      String source = Files.readString(SOURCES.resolve(file));
      for (Edit edit : edits) {
        source = edit.file().equals(file) ? edit.in(source) : source;
      }
      Path copy =
          Files.createDirectories(folder.resolve("sources")).resolve(Path.of(file).getFileName());
      sources.add(Files.writeString(copy, source));
    }
    if (!sources.isEmpty()) {
      javac(sources, classes);
    }
    return classes;
  }

  private static void javac(List<Path> sources, Path classes) throws IOException {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    StringWriter messages = new StringWriter();
    List<String> options =
        List.of("-proc:none", "-nowarn", "-d", classes.toString(), "-cp", Variant.classPath());
    try (StandardJavaFileManager files =
        compiler.getStandardFileManager(null, Locale.ROOT, StandardCharsets.UTF_8)) {
      boolean done =
          compiler
              .getTask(
                  messages, files, null, options, null, files.getJavaFileObjectsFromPaths(sources))
              .call();
      if (!done) {
        throw new IllegalStateException("an edited source does not compile:\n" + messages);
      }
    }
  }
}
