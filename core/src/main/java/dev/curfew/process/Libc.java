// SPDX-License-Identifier: Apache-2.0
package dev.curfew.process;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The functions of the C library that we call, and nothing more: no policy.
///
/// Looked up when first needed. A function that can fail gives its result or the negated error
/// number (`-ENOENT`), as the kernel itself does.
final class Libc {
  static final int ENOENT = 2;
  static final int ESRCH = 3;
  static final int EINTR = 4;
  static final int E2BIG = 7;
  static final int ENOEXEC = 8;
  static final int ECHILD = 10;
  static final int EAGAIN = 11;
  static final int EACCES = 13;
  static final int EEXIST = 17;

  /// The architectures that use the kernel's generic numbers, on which this file relies, and that
  /// pass arguments as [CFunction] needs it.
  private static final Set<String> ARCHITECTURES = Set.of("amd64", "aarch64", "riscv64");

  private static final int P_PID = 1;
  private static final int WNOHANG = 1;
  private static final int WEXITED = 4;
  private static final int WNOWAIT = 0x0100_0000;
  private static final int CLD_EXITED = 1;
  private static final short POLLIN = 1;
  private static final long PIDFD_SEND_SIGNAL = 424;
  private static final long PIDFD_OPEN = 434;
  private static final int F_SETFL = 4;
  private static final int SIGCHLD = 17;

  private final SymbolLookup symbols = Linker.nativeLinker().defaultLookup();

  final CFunction spawn = plain("posix_spawnp");
  final CFunction attributes = plain("posix_spawnattr_init");
  final CFunction flags = plain("posix_spawnattr_setflags");
  final CFunction mask = plain("posix_spawnattr_setsigmask");
  final CFunction defaults = plain("posix_spawnattr_setsigdefault");
  final CFunction actions = plain("posix_spawn_file_actions_init");
  final CFunction dropActions = plain("posix_spawn_file_actions_destroy");
  final CFunction addOpen = plain("posix_spawn_file_actions_addopen");
  final CFunction addDup = plain("posix_spawn_file_actions_adddup2");
  final CFunction addCloseFrom = plain("posix_spawn_file_actions_addclosefrom_np");
  final CFunction addDirectory = plain("posix_spawn_file_actions_addchdir_np");

  private final CFunction close = plain("close");
  private final CFunction kill = failing("kill");
  private final CFunction poll = failing("poll");
  private final CFunction waitid = failing("waitid");
  private final CFunction open = failing("open");
  private final CFunction fcntl = failing("fcntl");
  private final CFunction syscall = failing("syscall");

  /// What the look-up found.
  ///
  /// @param libc null if it cannot be used
  /// @param why it cannot be used, empty if it can
  record Search(@Nullable Libc libc, String why) {}

  private Libc() {
    keepChildrenWaitable();
  }

  /// {@return the functions, or the reason why they cannot be used here}
  static Search search() {
    return Holder.SEARCH;
  }

  private static final class Holder {
    static final Search SEARCH = look();
  }

  private static Search look() {
    String system = System.getProperty("os.name");
    String architecture = System.getProperty("os.arch");
    if (!"Linux".equals(system) || !ARCHITECTURES.contains(architecture)) {
      return new Search(null, "this is " + system + " on " + architecture);
    }
    Module module = Libc.class.getModule();
    if (!module.isNativeAccessEnabled()) {
      String name = module.isNamed() ? module.getName() : "ALL-UNNAMED";
      return new Search(null, "start Java with --enable-native-access=" + name);
    }
    try {
      return new Search(new Libc(), "");
    } catch (NoSuchElementException missing) {
      return new Search(null, "the C library has no " + missing.getMessage());
    }
  }

  private CFunction plain(String name) {
    return CFunction.plain(address(name));
  }

  private CFunction failing(String name) {
    return CFunction.failing(address(name));
  }

  private MemorySegment address(String name) {
    return symbols.find(name).orElseThrow(() -> new NoSuchElementException(name));
  }

  /// A parent that ignores SIGCHLD leaves that to us, and then no child could be waited for.
  private void keepChildrenWaitable() {
    try (Arena arena = Arena.ofConfined()) {
      // struct sigaction begins with the handler; 512 bytes are more than any libc needs.
      MemorySegment action = arena.allocate(512, 8);
      CFunction sigaction = failing("sigaction");
      sigaction.call(SIGCHLD, 0, action.address());
      long ignore = 1;
      if (action.get(JAVA_LONG, 0) == ignore) {
        sigaction.call(SIGCHLD, arena.allocate(512, 8).address(), 0);
      }
    }
  }

  /// {@return a descriptor that is closed on exec, or the negated error number}
  int open(MemorySegment path, int flags, int mode) {
    int result = open.call(path.address(), flags, mode);
    return result == -EINTR ? open.call(path.address(), flags, mode) : result;
  }

  /// Clears the non-blocking and append flags of a descriptor.
  void makePlain(int descriptor) {
    fcntl.call(descriptor, F_SETFL, 0);
  }

  void close(int descriptor) {
    close.call(descriptor);
  }

  int kill(long pid, int signal) {
    return kill.call(pid, signal);
  }

  /// {@return a descriptor that stands for this process whatever becomes of its pid, or an error}
  int pidfdOpen(long pid) {
    return syscall.call(PIDFD_OPEN, pid, 0);
  }

  int pidfdSend(int pidfd, int signal) {
    return syscall.call(PIDFD_SEND_SIGNAL, pidfd, signal, 0, 0);
  }

  /// Waits until a process descriptor tells of its end, at most so long.
  void poll(int pidfd, int millis) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment entry = arena.allocate(8, 4);
      entry.set(JAVA_INT, 0, pidfd);
      entry.set(JAVA_SHORT, 4, POLLIN);
      poll.call(entry.address(), 1, millis);
    }
  }

  /// Looks at the end of a child; never waits.
  ///
  /// @param reap whether to take it, after which the pid may be used again
  /// @return empty while it runs
  Optional<Exit> exit(long pid, boolean reap) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment info = arena.allocate(128, 8);
      int result =
          waitid.call(P_PID, pid, info.address(), WEXITED | WNOHANG | (reap ? 0 : WNOWAIT), 0);
      if (result < 0) {
        throw new IllegalStateException(
            ("The end of process %d was taken by other code of this program (error %d):"
                    + " nothing else may wait for Curfew's children, not even waitpid(-1).")
                .formatted(pid, -result));
      }
      int code = info.get(JAVA_INT, 8);
      int status = info.get(JAVA_INT, 24);
      if (info.get(JAVA_INT, 16) == 0) {
        return Optional.empty();
      }
      return Optional.of(code == CLD_EXITED ? new Exit.Exited(status) : new Exit.Signalled(status));
    }
  }
}
