// SPDX-License-Identifier: Apache-2.0
package dev.curfew.agent;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.tools.DiagnosticCollector;
import javax.tools.FileObject;
import javax.tools.ForwardingJavaFileManager;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileManager;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/// Compiles sources in memory.
final class Compiled {

  private Compiled() {}

  /// {@return the class files, by binary name}
  ///
  /// @param release of the class files, such as 8
  static Map<String, byte[]> of(int release, String... sources) {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    DiagnosticCollector<JavaFileObject> problems = new DiagnosticCollector<>();
    Map<String, ByteArrayOutputStream> written = new LinkedHashMap<>();
    StandardJavaFileManager standard = compiler.getStandardFileManager(problems, null, null);
    List<JavaFileObject> units = new ArrayList<>();
    for (String source : sources) {
      units.add(new Source("Unit" + units.size(), source));
    }
    List<String> options =
        List.of("--release", String.valueOf(release), "-Xlint:-options", "-proc:none", "-g");
    boolean done =
        compiler.getTask(null, into(written, standard), problems, options, null, units).call();
    if (!done) {
      throw new IllegalArgumentException(problems.getDiagnostics().toString());
    }
    Map<String, byte[]> classes = new LinkedHashMap<>();
    written.forEach((name, bytes) -> classes.put(name, bytes.toByteArray()));
    return classes;
  }

  private static JavaFileManager into(
      Map<String, ByteArrayOutputStream> written, StandardJavaFileManager standard) {
    return new ForwardingJavaFileManager<>(standard) {
      @Override
      public JavaFileObject getJavaFileForOutput(
          Location location, String name, JavaFileObject.Kind kind, FileObject sibling) {
        return new SimpleJavaFileObject(URI.create("memory:///" + name + ".class"), kind) {
          @Override
          public OutputStream openOutputStream() {
            return written.computeIfAbsent(name, _ -> new ByteArrayOutputStream());
          }
        };
      }
    };
  }

  private static final class Source extends SimpleJavaFileObject {

    private final String text;

    Source(String name, String text) {
      super(URI.create("memory:///" + name + ".java"), Kind.SOURCE);
      this.text = text;
    }

    @Override
    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
      return text;
    }

    @Override
    public boolean isNameCompatible(String simpleName, Kind kind) {
      return kind.equals(Kind.SOURCE);
    }
  }
}
