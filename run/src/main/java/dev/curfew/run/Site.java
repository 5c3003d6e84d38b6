// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import dev.curfew.process.Command;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// Where commands run, and what their environment is given.
///
/// @param workdir the working folder, with placeholders; empty for the runner's own
/// @param environment variables added to the runner's own
record Site(Optional<Word> workdir, Map<String, String> environment) {

  static final Site HERE = new Site(Optional.empty(), Map.of());

  static final Charset NATIVE = Charset.forName(System.getProperty("sun.jnu.encoding"));

  Site {
    environment = Map.copyOf(environment);
  }

  /// {@return the command in its folder, which is made if it is not there}
  ///
  /// @param slot see [Placeholder#of]
  Command put(Command command, Input input, int slot) throws IOException {
    Command equipped = environment.isEmpty() ? command : command.withEnvironment(environment);
    if (workdir.isEmpty()) {
      return equipped;
    }
    byte[] name = workdir.get().fill(input, slot);
    Optional<Path> folder = path(name);
    if (folder.isEmpty()) {
      return throughShell(equipped, name);
    }
    try {
      Files.createDirectories(folder.get());
    } catch (IOException e) {
      throw new IOException("its working folder " + folder.get() + " cannot be made: " + e, e);
    }
    return equipped.withDirectory(folder.get());
  }

  /// A shell goes where Java cannot: into a folder whose name is no text. It becomes the command.
  private static Command throughShell(Command command, byte[] folder) {
    byte[] path = folder;
    if (folder[0] != '/') {
      path = new byte[folder.length + 2]; // with a slash it is not looked for on CDPATH
      path[0] = '.';
      path[1] = '/';
      System.arraycopy(folder, 0, path, 2, folder.length);
    }
    List<byte[]> words = new ArrayList<>();
    words.add(utf8("/bin/sh"));
    words.add(utf8("-c"));
    words.add(utf8("mkdir -p -- \"$1\" && cd -- \"$1\" && shift && exec \"$@\""));
    words.add(utf8("curfew"));
    words.add(path);
    words.addAll(command.words());
    Command moved =
        Command.of(words)
            .withEnvironment(command.environment())
            .withOutput(command.output())
            .withErrors(command.errors())
            .withMarker(command.marker());
    return command.threadDump() ? moved.withThreadDump() : moved;
  }

  /// {@return what of this makes two jobs the same: the folder, even if it was given in another
  /// way, and the variables; the placeholders in it are filled by the input alone}
  List<byte[]> keyParts() {
    List<byte[]> parts = new ArrayList<>();
    parts.add(utf8(workdir.map(Site::absolute).orElseGet(() -> current().toString())));
    // No folder begins like this, so nothing else can look the same.
    new TreeMap<>(environment)
        .forEach((name, value) -> parts.add(utf8("env " + name + "=" + value)));
    return parts;
  }

  private static String absolute(Word workdir) {
    String typed = workdir.typed();
    if (!workdir.hasInput()) {
      return Path.of(typed).toAbsolutePath().normalize().toString();
    }
    return typed.startsWith("/") ? typed : current() + "/" + typed;
  }

  private static Path current() {
    return Path.of("").toAbsolutePath();
  }

  /// {@return what has to be typed in front of a command, ends with a blank if it is not empty}
  String display(Input input) {
    StringBuilder text = new StringBuilder();
    workdir.ifPresent(
        folder ->
            text.append("cd ")
                .append(ShellQuote.quote(folder.fill(input, Placeholder.NO_SLOT)))
                .append(" && "));
    new TreeMap<>(environment)
        .forEach(
            (name, value) ->
                text.append(name).append('=').append(ShellQuote.quote(utf8(value))).append(' '));
    return text.toString();
  }

  /// {@return the path of that name, if Java can name it: only text in the system's encoding}
  private static Optional<Path> path(byte[] name) {
    String text = new String(name, NATIVE);
    boolean same = Arrays.equals(text.getBytes(NATIVE), name);
    return same ? Optional.of(Path.of(text).toAbsolutePath()) : Optional.empty();
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
