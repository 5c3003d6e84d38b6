// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteException;

/// The journal's file: how it is opened, and what its errors mean in words.
///
/// Invariants
///
/// 1. A file that is not a journal is never written to, not even its header.
/// 2. The file is readable by its owner only, from the moment it exists.
final class JournalFile {

  /// 'Curf' in ASCII: stands in the file's header, and says that it is ours.
  static final int APPLICATION = 0x43757266;

  static final int FORMAT = 1;

  private static final int BUSY_MILLIS = 10_000;
  private static final int BUSY = 5;
  private static final long RETRY_NANOS = 2_000_000;

  private final Path path;
  private final boolean kept;

  JournalFile(Path path) {
    this(path, true);
  }

  /// A file.
  ///
  /// @param kept whether somebody may go on from it
  JournalFile(Path path, boolean kept) {
    this.path = path;
    this.kept = kept;
  }

  /// {@return a connection for taking the journal and then writing to it}
  Connection connectToClaim(Journal.Mode mode, boolean sync) {
    if (path.toString().contains("?")) {
      throw new UserError("The journal's name must not hold '?': " + path);
    }
    checkKind();
    if (mode != Journal.Mode.RESUME) {
      create();
    } else if (!Files.exists(path)) {
      throw new UserError(
          "There is no journal " + path + " to resume: name the right one with --journal FILE.");
    }
    Connection connection = connectToCheck();
    boolean ready = false;
    try (Statement statement = connection.createStatement()) {
      // Not before the format is checked: this writes to the file's header (invariant 1).
      if (kept) {
        setWriteAhead(statement);
      } else {
        statement.execute("PRAGMA journal_mode = MEMORY"); // half a transaction is worth nothing
      }
      statement.execute("PRAGMA synchronous = " + (sync ? "FULL" : "OFF"));
      statement.execute("PRAGMA wal_autocheckpoint = 4000");
      statement.execute("PRAGMA cache_size = -32000");
      ready = true;
      return connection;
    } catch (SQLException failure) {
      throw refused(failure);
    } finally {
      if (!ready) {
        close(connection);
      }
    }
  }

  Connection connectToRead() throws SQLException {
    return connect();
  }

  /// {@return why the journal cannot be used, found before anything has started}
  UserError refused(SQLException failure) {
    if (!kept) {
      return unkept(words(failure));
    }
    return new UserError(
        "The journal " + path + " cannot be used: " + words(failure) + ". " + advice(failure));
  }

  /// {@return why the journal cannot be used any more}
  ///
  /// @param what "read" or "written"
  JournalException failed(String what, SQLException failure) {
    if (!kept) {
      return new JournalException(
          "What this run keeps for itself in "
              + path
              + " cannot be "
              + what
              + " any more: "
              + words(failure)
              + ". Mend that, and start anew",
          failure);
    }
    String advice =
        switch (code(failure)) {
          case 11 -> "What ran with it can no longer be told: go on from a copy, or start anew";
          case 13 -> "Make room, then go on with the same command and --resume";
          default -> "Mend that, then go on with the same command and --resume";
        };
    return new JournalException(
        "The journal "
            + path
            + " cannot be "
            + what
            + " any more: "
            + words(failure)
            + ". "
            + advice,
        failure);
  }

  private UserError unkept(String what) {
    return new UserError(
        "The run cannot keep its account in "
            + path
            + ": "
            + what
            + ". Make room there, or name another folder for temporary files by"
            + " CURFEW_JAVA_OPTIONS=-Djava.io.tmpdir=FOLDER.");
  }

  Path path() {
    return path;
  }

  /// Closes what is only to be let go of; what was committed is safe whether or not this works.
  static void close(Connection connection) {
    try {
      connection.close();
    } catch (SQLException harmless) {
      // Nothing that was acknowledged depends on it, and the file's state says more than we could.
    }
  }

  /// Of two runs that do this together one is told 'busy' at once, however long it would wait.
  private static void setWriteAhead(Statement statement) throws SQLException {
    long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(BUSY_MILLIS);
    while (true) {
      try {
        statement.execute("PRAGMA journal_mode = WAL");
        return;
      } catch (SQLException failure) {
        if (code(failure) != BUSY || System.nanoTime() - until > 0) {
          throw failure;
        }
        LockSupport.parkNanos(RETRY_NANOS);
      }
    }
  }

  /// Whoever opens a pipe waits for its other end, and a device holds no journal.
  private void checkKind() {
    if (path.toString().isEmpty()) {
      throw new UserError("The journal has no name: name a file with --journal FILE.");
    }
    if (Files.exists(path) && !Files.isRegularFile(path)) {
      String kind = Files.isDirectory(path) ? "a folder" : "a pipe or a device";
      throw new UserError("The journal " + path + " is " + kind + ": name a file with --journal.");
    }
  }

  private Connection connectToCheck() {
    Connection connection = null;
    boolean ready = false;
    try {
      connection = connect();
      check(connection);
      ready = true;
      return connection;
    } catch (SQLException failure) {
      throw refused(failure);
    } finally {
      if (!ready && connection != null) {
        close(connection);
      }
    }
  }

  private Connection connect() throws SQLException {
    SQLiteConfig config = new SQLiteConfig();
    config.setBusyTimeout(BUSY_MILLIS);
    config.setGetGeneratedKeys(false); // else the driver asks for one after each row it writes
    return config.createConnection("jdbc:sqlite:" + path.toAbsolutePath());
  }

  private void create() {
    try {
      Files.createFile(path, forItsOwner(path));
    } catch (FileAlreadyExistsException present) {
      // it is looked into next
    } catch (IOException failure) {
      throw kept ? new UserError(unmade(failure)) : unkept(String.valueOf(failure));
    }
  }

  /// {@return what makes a new file one that its owner only may read, where files can be so}
  static FileAttribute<?>[] forItsOwner(Path path) {
    if (!path.getFileSystem().supportedFileAttributeViews().contains("posix")) {
      return new FileAttribute<?>[0];
    }
    var mode = PosixFilePermissions.fromString("rw-------");
    return new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(mode)};
  }

  private String unmade(IOException failure) {
    String what = "The journal " + path + " cannot be made";
    return switch (failure) {
      case NoSuchFileException _ -> what + ": its folder does not exist. Make it first.";
      case AccessDeniedException _ ->
          what
              + ": its folder may not be written to."
              + " Name a file elsewhere with --journal FILE.";
      default ->
          what + " (" + failure.getMessage() + "). Name a file elsewhere with --journal FILE.";
    };
  }

  private void check(Connection connection) throws SQLException {
    // In this order: another run may turn the empty file into a journal between the two.
    boolean empty = number(connection, "SELECT count(*) FROM sqlite_schema") == 0;
    int application = number(connection, "PRAGMA application_id");
    if (application != APPLICATION && !(application == 0 && empty)) {
      throw new UserError(
          "The file "
              + path
              + " is a database, but not a journal of curfew."
              + " Name another file with --journal FILE.");
    }
    int format = number(connection, "PRAGMA user_version");
    if (format > FORMAT) {
      throw new UserError(
          "The journal "
              + path
              + " has format "
              + format
              + ", which is newer than this curfew knows ("
              + FORMAT
              + "). Use the newer curfew, or name another file with --journal FILE.");
    }
  }

  static int number(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(sql)) {
      return result.next() ? result.getInt(1) : 0;
    }
  }

  private static int code(SQLException failure) {
    return failure instanceof SQLiteException sqlite
        ? sqlite.getResultCode().code & 0xff
        : failure.getErrorCode() & 0xff;
  }

  /// {@return what has happened, in words}
  static String words(SQLException failure) {
    return switch (code(failure)) {
      case 5, 6 -> "another process keeps it locked";
      case 8 -> "it may not be written to";
      case 10 -> "reading or writing the disk failed (" + failure.getMessage() + ")";
      case 11 -> "it is damaged";
      case 13 -> "the disk is full";
      case 14 -> "it cannot be opened; check the permissions of the file and its folder";
      case 26 -> "it is not a journal";
      default -> failure.getMessage() + cause(failure.getCause());
    };
  }

  /// The database's driver unpacks a library when it is used first.
  private static String cause(@Nullable Throwable cause) {
    return cause == null ? "" : " (" + cause.getMessage() + "; is there room for temporary files?)";
  }

  /// {@return what one who only looks can do}
  static String readAdvice(Path path, SQLException failure) {
    return switch (code(failure)) {
      case 5, 6 -> "Ask again in a moment.";
      case 11 -> "A copy made earlier may help; a run can start anew with another --journal FILE.";
      case 8, 14 ->
          "Ask as its owner, or copy "
              + path
              + " and, if it is there, "
              + path.getFileName()
              + "-wal to a folder of your own and look there.";
      default -> "Name the right one: curfew jobs FILE.";
    };
  }

  private static String advice(SQLException failure) {
    return switch (code(failure)) {
      case 5, 6 -> "Wait for that process to end, or name another file with --journal FILE.";
      case 11 ->
          "What ran with it can no longer be told: go on from a copy, or start anew with another"
              + " --journal FILE.";
      case 13 -> "Make room, or name a file elsewhere with --journal FILE.";
      default -> "Name another file with --journal FILE.";
    };
  }
}
