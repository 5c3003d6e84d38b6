// SPDX-License-Identifier: Apache-2.0
package dev.curfew.bench.agent;

import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/// javac compiles Curfew's own sources, over and over.
final class Compiling implements Program {

  private final Path classes;
  private final List<Path> files;

  Compiling() throws IOException {
    Path out = Path.of(System.getProperty("bench.logs"));
    classes = Files.createDirectories(out.resolve("javac"));
    Path sources = out.resolve("../../core/src/main/java/dev/curfew");
    try (Stream<Path> all = Files.list(sources)) {
      files = all.filter(file -> file.toString().endsWith(".java")).sorted().toList();
    }
  }

  @Override
  public boolean work() throws IOException {
    JavaCompiler javac = ToolProvider.getSystemJavaCompiler();
    try (StandardJavaFileManager manager = javac.getStandardFileManager(null, null, null)) {
      List<String> options = List.of("-proc:none", "-nowarn", "-d", classes.toString());
      return javac
          .getTask(
              Writer.nullWriter(),
              manager,
              _ -> {},
              options,
              null,
              manager.getJavaFileObjectsFromPaths(files))
          .call();
    }
  }

  @Override
  public void deaf() throws IOException {
    boolean right = true;
    while (right) { // javac may swallow what is thrown, and gives no result then
      right = work();
    }
  }
}
