// SPDX-License-Identifier: Apache-2.0
package dev.curfew.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import net.bytebuddy.ByteBuddy;
import org.assertj.core.api.Assertions;
import org.h2.Driver;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Every class of several large libraries and of the JDK's compiler.
class LibrariesTest {

  private static final FileSystem JDK = FileSystems.getFileSystem(URI.create("jrt:/"));

  @ParameterizedTest
  @ValueSource(classes = {Driver.class, Assertions.class, ByteBuddy.class, Test.class})
  void everyClassOfALibraryVerifiesAndLinks(Class<?> one)
      throws IOException, ClassNotFoundException {
    try (FileSystem jar = FileSystems.newFileSystem(Child.location(one))) {
      Program program = new Program(classes(jar.getPath("/")));
      assertThat(program.checks()).isPositive();
      assertThat(program.failures()).isEmpty();
      program.verify();
    }
  }

  @Test
  void everyClassOfTheCompilerVerifies() throws IOException {
    Program program = new Program(classes(JDK.getPath("/modules/jdk.compiler")));
    assertThat(program.checks()).isGreaterThan(5_000);
    assertThat(program.failures()).isEmpty();
    program.verifyFiles();
  }

  @Test
  void everyClassOfRegularExpressionsVerifies() throws IOException {
    Map<String, byte[]> base = classes(JDK.getPath("/modules/java.base"));
    base.keySet().removeIf(name -> !name.startsWith("java.util.regex."));
    Program program = new Program(base);
    assertThat(program.woven("java.util.regex.Pattern$Loop").checks()).isPositive();
    assertThat(program.failures()).isEmpty();
    program.verifyFiles();
  }

  private static Map<String, byte[]> classes(Path root) throws IOException {
    Map<String, byte[]> found = new LinkedHashMap<>();
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : files.filter(LibrariesTest::isClass).toList()) {
        String name = root.relativize(file).toString().replace('/', '.');
        found.put(name.substring(0, name.length() - ".class".length()), Files.readAllBytes(file));
      }
    }
    return found;
  }

  private static boolean isClass(Path file) {
    String name = file.toString();
    return name.endsWith(".class") && !name.contains("META-INF") && !name.endsWith("-info.class");
  }
}
