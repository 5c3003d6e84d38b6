// SPDX-License-Identifier: Apache-2.0
package dev.curfew.process;

import java.io.File;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Starts children with the JDK's `ProcessBuilder`, for other systems and without native access.
final class BuildStarter implements Starter {
  private static final Charset NATIVE = Charset.forName(System.getProperty("sun.jnu.encoding"));
  private static final Pattern ERROR = Pattern.compile("error[=:] ?(\\d+)");
  private static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

  private static final int KIND = 0170000; // of a file, in its mode
  private static final int PIPE = 0010000;

  private final String why;

  BuildStarter(String why) {
    this.why = why;
  }

  @Override
  public String means() {
    return "ProcessBuilder, no session of its own (%s)".formatted(why);
  }

  @Override
  public Leader start(Command command) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(words(command));
    Command.notInherited(System.getenv(Command.OWN_VARIABLE))
        .forEach(builder.environment()::remove);
    builder.environment().putAll(command.environment());
    builder.environment().put(Command.MARKER_VARIABLE, command.marker());
    if (command.hasDirectory()) {
      builder.directory(command.directory().toFile());
    }
    builder.redirectInput(new File("/dev/null"));
    builder.redirectOutput(created(command.output(), command));
    if (command.errors().equals(command.output())) {
      builder.redirectErrorStream(true);
    } else {
      builder.redirectError(created(command.errors(), command));
    }
    try {
      return new BuiltLeader(builder.start());
    } catch (IOException failure) {
      Matcher error = ERROR.matcher(String.valueOf(failure.getMessage()));
      if (!error.find()) {
        throw failure;
      }
      IOException clear = StartFailure.program(command, Integer.parseInt(error.group(1)));
      clear.initCause(failure);
      throw clear;
    }
  }

  private List<String> words(Command command) throws IOException {
    var words = new ArrayList<String>();
    for (byte[] word : command.words()) {
      String text = new String(word, NATIVE);
      if (!Arrays.equals(text.getBytes(NATIVE), word)) {
        throw new IOException(
            "Cannot start '%s': word %d is not text in %s, and %s to pass raw bytes."
                .formatted(command.program(), words.size(), NATIVE, why));
      }
      words.add(text);
    }
    return words;
  }

  /// To open one waits, however often it is interrupted, for somebody who reads it.
  private static boolean isPipe(Path file) throws IOException {
    boolean tells = file.getFileSystem().supportedFileAttributeViews().contains("unix");
    return tells && ((Integer) Files.getAttribute(file, "unix:mode") & KIND) == PIPE;
  }

  private static File created(Path file, Command command) throws IOException {
    try {
      if (!Files.exists(file)) {
        Files.newByteChannel(
                file, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), OWNER_ONLY)
            .close();
      } else if (!Files.isWritable(file) || Files.isDirectory(file)) {
        throw StartFailure.output(file, command, "it cannot be written");
      } else if (isPipe(file)) {
        throw StartFailure.output(file, command, "it is a pipe that nobody may read");
      }
      return file.toFile();
    } catch (FileAlreadyExistsException meanwhile) {
      return file.toFile(); // another child of ours has the same output
    } catch (NoSuchFileException missing) {
      IOException clear = StartFailure.output(file, command, Libc.ENOENT);
      clear.initCause(missing);
      throw clear;
    } catch (AccessDeniedException denied) {
      IOException clear = StartFailure.output(file, command, Libc.EACCES);
      clear.initCause(denied);
      throw clear;
    }
  }
}
