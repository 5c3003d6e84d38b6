// SPDX-License-Identifier: Apache-2.0
package dev.curfew.process;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.io.FileInputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Starts children with `posix_spawnp`: each in a session of its own, no signal blocked, every
/// signal at its default, and with no descriptor of ours but the three standard ones.
///
/// Invariant: what is prepared once (attributes, inherited environment) never changes, so that
/// threads share it without a lock.
final class SpawnStarter implements Starter {
  private static final short SET_SIGNAL_DEFAULTS = 0x04;
  private static final short SET_SIGNAL_MASK = 0x08;
  private static final short SET_SESSION = 0x80;
  private static final int WRITE_CREATE_EMPTY = 1 | 0100 | 01000;
  private static final int WRITE = 1;
  private static final int WRITE_CREATE_NEW = 1 | 0100 | 0200;
  private static final int NON_BLOCKING_CLOSE_ON_EXEC = 04000 | 02000000;
  private static final int OWNER_ONLY = 0600;

  /// More than any libc needs for one of its opaque structures.
  private static final long ROOM = 512;

  private record Variable(String name, MemorySegment text) {}

  private final Libc libc;
  private final MemorySegment attributes;
  private final MemorySegment nullDevice;
  private final List<Variable> inherited;

  // any thread: where the last program was found on PATH, which does not change
  private volatile @Nullable Found found;

  private record Found(String program, Optional<Path> file) {}

  SpawnStarter(Libc libc) {
    this.libc = libc;
    Arena forever = Arena.global();
    nullDevice = forever.allocateFrom("/dev/null");
    attributes = attributes(forever);
    inherited = inherited(forever);
  }

  @Override
  public String means() {
    return "posix_spawn, each child in a session of its own";
  }

  @Override
  public Leader start(Command command) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      var spawn = new Spawn(arena, command);
      int error = hasNewOutputs(command) ? spawn.withNewOutputs() : Libc.EEXIST;
      if (error != 0) {
        error = withOpenOutputs(spawn);
      }
      if (error != 0) {
        throw StartFailure.program(command, error);
      }
      return new SpawnedLeader(libc, spawn.pid());
    }
  }

  private static boolean hasNewOutputs(Command command) {
    return isNew(command.output()) && isNew(command.errors());
  }

  private static boolean isNew(Path output) {
    return output.equals(Command.NOWHERE) || !Files.exists(output);
  }

  /// For outputs that are there already; and it tells what is wrong, which the short way does not.
  private int withOpenOutputs(Spawn spawn) throws IOException {
    Command command = spawn.command;
    int output = open(spawn.arena, command.output(), command);
    try {
      boolean shared = command.errors().equals(command.output());
      int errors = shared ? output : open(spawn.arena, command.errors(), command);
      try {
        return spawn.with(output, errors);
      } finally {
        if (!shared) {
          libc.close(errors);
        }
      }
    } finally {
      libc.close(output);
    }
  }

  private int open(Arena arena, Path file, Command command) throws IOException {
    // Not blocking while it is opened: a named pipe without a reader would hold us for ever.
    int flags = WRITE_CREATE_EMPTY | NON_BLOCKING_CLOSE_ON_EXEC;
    int descriptor = libc.open(text(arena, pathBytes(file)), flags, OWNER_ONLY);
    if (descriptor < 0) {
      throw StartFailure.output(file, command, -descriptor);
    }
    libc.makePlain(descriptor);
    return descriptor;
  }

  /// One start, with what it needs in memory.
  private final class Spawn {
    final Arena arena;
    final Command command;
    private final MemorySegment words;
    private final MemorySegment argv;
    private final MemorySegment envp;
    private final MemorySegment pid;

    Spawn(Arena arena, Command command) {
      this.arena = arena;
      this.command = command;
      List<byte[]> texts = command.words();
      var arguments = new ArrayList<MemorySegment>(texts.size());
      for (byte[] word : texts) {
        arguments.add(text(arena, word));
      }
      words = arguments.getFirst();
      argv = pointers(arena, arguments);
      envp = pointers(arena, environment(arena, command));
      pid = arena.allocate(JAVA_INT);
    }

    long pid() {
      return pid.get(JAVA_INT, 0);
    }

    /// The child itself makes its output files, so that nothing has to be opened and closed here.
    /// They must not be there yet: what is could be a pipe, and hold the child, and us with it.
    int withNewOutputs() {
      MemorySegment actions = begin();
      try {
        create(actions, 1, command.output());
        if (command.errors().equals(command.output())) {
          check(libc.addDup.call(actions.address(), 1, 2));
        } else {
          create(actions, 2, command.errors());
        }
        return run(actions, located(arena, command).orElse(words));
      } finally {
        libc.dropActions.call(actions.address());
      }
    }

    int with(int output, int errors) {
      MemorySegment actions = begin();
      try {
        check(libc.addDup.call(actions.address(), output, 1));
        check(libc.addDup.call(actions.address(), errors, 2));
        return run(actions, words);
      } finally {
        libc.dropActions.call(actions.address());
      }
    }

    private MemorySegment begin() {
      MemorySegment actions = arena.allocate(ROOM, 16);
      check(libc.actions.call(actions.address()));
      check(libc.addOpen.call(actions.address(), 0, nullDevice.address(), 0, 0));
      return actions;
    }

    private void create(MemorySegment actions, int descriptor, Path file) {
      int flags = file.equals(Command.NOWHERE) ? WRITE : WRITE_CREATE_NEW;
      MemorySegment name = text(arena, pathBytes(file));
      check(libc.addOpen.call(actions.address(), descriptor, name.address(), flags, OWNER_ONLY));
    }

    private int run(MemorySegment actions, MemorySegment program) {
      check(libc.addCloseFrom.call(actions.address(), 3));
      if (command.hasDirectory()) {
        MemorySegment directory = text(arena, pathBytes(command.directory()));
        check(libc.addDirectory.call(actions.address(), directory.address()));
      }
      return libc.spawn.call(
          pid.address(),
          program.address(),
          actions.address(),
          attributes.address(),
          argv.address(),
          envp.address());
    }
  }

  /// Looked for once, as a shell does: in the child each folder of a long `PATH` costs a call.
  private Optional<MemorySegment> located(Arena arena, Command command) {
    if (command.hasDirectory()) {
      return Optional.empty(); // parts of PATH may depend on it
    }
    byte[] word = command.words().getFirst();
    String program = new String(word, StandardCharsets.ISO_8859_1);
    Found last = found;
    if (last == null || !last.program().equals(program)) {
      last = new Found(program, search(program));
      found = last;
    }
    return last.file().map(file -> text(arena, pathBytes(file)));
  }

  /// Only what cannot depend on the directory of the child, and is found there under its own name.
  private static Optional<Path> search(String program) {
    boolean plain = program.chars().allMatch(c -> c < 128) && program.indexOf('/') < 0;
    return plain ? Programs.find(program).filter(Path::isAbsolute) : Optional.empty();
  }

  private MemorySegment attributes(Arena arena) {
    MemorySegment attributes = arena.allocate(ROOM, 16);
    MemorySegment signals = arena.allocate(ROOM, 16);
    check(libc.attributes.call(attributes.address()));
    check(libc.mask.call(attributes.address(), signals.address()));
    // The JVM blocks or handles some signals, and a parent may have left others ignored. A set is
    // one bit for each; sigfillset would leave out two that libc then leaves ignored in the child.
    signals.fill((byte) 0xFF);
    check(libc.defaults.call(attributes.address(), signals.address()));
    short flags = (short) (SET_SESSION | SET_SIGNAL_MASK | SET_SIGNAL_DEFAULTS);
    check(libc.flags.call(attributes.address(), flags));
    return attributes;
  }

  /// Our own environment byte by byte, which `System.getenv` would decode and so may damage.
  private static List<Variable> inherited(Arena arena) {
    byte[] block;
    try (var in = new FileInputStream("/proc/self/environ")) {
      block = in.readAllBytes();
    } catch (IOException noProc) {
      var joined = new StringBuilder();
      System.getenv().forEach((k, v) -> joined.append(k).append('=').append(v).append('\0'));
      block = joined.toString().getBytes(StandardCharsets.UTF_8);
    }
    Set<String> left = Command.notInherited(System.getenv(Command.OWN_VARIABLE));
    var variables = new ArrayList<Variable>();
    for (String variable : new String(block, StandardCharsets.ISO_8859_1).split("\0", -1)) {
      int end = variable.indexOf('=');
      String name = end < 0 ? "" : variable.substring(0, end);
      if (!name.isEmpty() && !left.contains(name)) {
        byte[] bytes = variable.getBytes(StandardCharsets.ISO_8859_1);
        variables.add(new Variable(name, text(arena, bytes)));
      }
    }
    return List.copyOf(variables);
  }

  private List<MemorySegment> environment(Arena arena, Command command) {
    Map<String, String> added = command.environment();
    var all = new ArrayList<MemorySegment>(inherited.size() + added.size() + 1);
    for (Variable variable : inherited) {
      if (!added.containsKey(variable.name())) {
        all.add(variable.text());
      }
    }
    added.forEach((name, value) -> all.add(arena.allocateFrom(name + "=" + value)));
    all.add(arena.allocateFrom(Command.MARKER_VARIABLE + "=" + command.marker()));
    return all;
  }

  private static MemorySegment pointers(Arena arena, List<MemorySegment> texts) {
    MemorySegment array = arena.allocate(ADDRESS, texts.size() + 1L);
    for (int i = 0; i < texts.size(); i++) {
      array.setAtIndex(ADDRESS, i, texts.get(i));
    }
    return array;
  }

  private static MemorySegment text(Arena arena, byte[] bytes) {
    MemorySegment text = arena.allocate(bytes.length + 1L);
    MemorySegment.copy(bytes, 0, text, JAVA_BYTE, 0, bytes.length);
    return text;
  }

  /// The name exactly as the file system has it; only the URI of a path shows its raw bytes.
  private static byte[] pathBytes(Path file) {
    String name = file.toString();
    if (name.chars().allMatch(c -> c < 128)) {
      return name.getBytes(StandardCharsets.US_ASCII);
    }
    String raw = file.toUri().getRawPath();
    byte[] bytes = new byte[raw.length()];
    int length = 0;
    for (int i = 0; i < raw.length(); i++) {
      boolean escaped = raw.charAt(i) == '%';
      bytes[length++] = (byte) (escaped ? Integer.parseInt(raw, i + 1, i + 3, 16) : raw.charAt(i));
      i += escaped ? 2 : 0;
    }
    return Arrays.copyOf(bytes, length);
  }

  /// These calls fail only for want of memory.
  private static void check(int error) {
    if (error != 0) {
      throw new IllegalStateException("Cannot prepare a child process: error " + error + ".");
    }
  }
}
