// SPDX-License-Identifier: Apache-2.0
package dev.curfew.checks.docs;

import dev.curfew.checks.docs.Markdown.Block;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/// Compiles the blocks of one page, each as the body of a method that may throw anything, and runs
/// none of them.
final class Snippets {

  private static final List<String> PACKAGES =
      List.of(
          "dev.curfew",
          "dev.curfew.pool",
          "dev.curfew.process",
          "dev.curfew.sync",
          "dev.curfew.worker",
          "java.io",
          "java.net",
          "java.net.http",
          "java.nio",
          "java.nio.file",
          "java.sql",
          "java.time",
          "java.util",
          "java.util.concurrent",
          "java.util.concurrent.locks");

  private static final String IMPORTS =
      String.join(" ", PACKAGES.stream().map(name -> "import " + name + ".*;").toList())
          + " import java.nio.channels.FileChannel;";

  /// What the blocks of the guide use and do not show.
  private static final String YOURS =
      IMPORTS
          + """
          abstract class Yours {
            volatile boolean stopped;
            Scope scope;
            StoppablePool pool;
            ExecutorService executor;
            List<Thread> workers;
            List<Future<?>> imports;
            Future<String> job;
            BlockingQueue<String> queue;
            Channel<String> orders;
            List<String> rows;
            List<String> urls;
            List<Path> files;
            Path file;
            Path debit;
            Path credit;
            int[] a;
            int[] b;
            ReentrantLock lock;
            Socket socket;
            FileChannel shared;
            ByteBuffer buffer;
            Connection connection;
            Statement statement;

            abstract void step();
            abstract void refresh();
            abstract void handle(String item);
            abstract String load(String url) throws IOException;
            abstract byte[] convert(Path file) throws IOException;
            abstract Connection connect() throws SQLException;
            abstract String connect(String what) throws IOException;
            abstract void disconnect(String what) throws IOException;
          }
          """;

  private Snippets() {}

  /// {@return what the compiler has against them, each with the page and the line in it}
  ///
  /// @param page the name of the page
  /// @param blocks some of it
  /// @param classes an empty folder
  static List<String> errors(String page, List<Block> blocks, Path classes) {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    DiagnosticCollector<JavaFileObject> found = new DiagnosticCollector<>();
    List<Source> sources = new ArrayList<>();
    sources.add(new Source("Yours", 0, YOURS));
    for (Block block : blocks) {
      sources.add(Source.of(block));
    }
    List<String> options =
        List.of("-d", classes.toString(), "-cp", System.getProperty("java.class.path"), "-nowarn");
    boolean _ = compiler.getTask(null, null, found, options, null, sources).call();
    return found.getDiagnostics().stream()
        .filter(diagnostic -> diagnostic.getKind() == Diagnostic.Kind.ERROR)
        .map(error -> place(page, error) + error.getMessage(Locale.ROOT))
        .toList();
  }

  private static String place(String page, Diagnostic<? extends JavaFileObject> error) {
    return error.getSource() instanceof Source source && source.line > 0
        ? page + ":" + (source.line + error.getLineNumber() - 1) + ": "
        : "what the blocks do not show, line " + error.getLineNumber() + ": ";
  }

  /// A block, or what all of them use.
  private static final class Source extends SimpleJavaFileObject {

    private final long line;
    private final String text;

    Source(String name, long line, String text) {
      super(URI.create("string:///" + name + Kind.SOURCE.extension), Kind.SOURCE);
      this.line = line;
      this.text = text;
    }

    /// The first line stands for the opening fence, so lines keep their distance to it.
    static Source of(Block block) {
      String name = "Block" + block.line();
      String head =
          IMPORTS + " abstract class " + name + " extends Yours { void run() throws Exception {";
      return new Source(name, block.line(), head + "\n" + block.text() + "}}\n");
    }

    @Override
    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
      return text;
    }
  }
}
