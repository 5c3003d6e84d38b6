// SPDX-License-Identifier: Apache-2.0
package dev.curfew.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.curfew.process.IsolatedException.Kind;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What may travel between JVMs, and what is refused.
class CarriedTypesTest {
  @TempDir Path folder;

  record None() implements Serializable {}

  record Names(List<String> names, Map<String, Integer> counts) implements Serializable {}

  record Pair<X>(X one, X other) implements Serializable {}

  record Anything(Object it) implements Serializable {}

  record Raw(@SuppressWarnings("rawtypes") List it) implements Serializable {}

  record Plain(int it) {}

  record WithPlain(Plain it) implements Serializable {}

  /// Not declared by anybody.
  record Smuggled(int it) implements Serializable {}

  abstract static class Base<R extends Serializable> implements IsolatedTask<None, R> {}

  static final class Good implements IsolatedTask<Names, Names> {
    @Override
    public Names run(Names in) {
      return in;
    }
  }

  static final class Generic implements IsolatedTask<Pair<Names>, ArrayListOfPairs> {
    @Override
    public ArrayListOfPairs run(Pair<Names> in) {
      return new ArrayListOfPairs(List.of(in));
    }
  }

  record ArrayListOfPairs(List<? extends Pair<Names>> pairs) implements Serializable {}

  static final class OfAnything implements IsolatedTask<Anything, None> {
    @Override
    public None run(Anything in) {
      return new None();
    }
  }

  static final class OfRaw implements IsolatedTask<Raw, None> {
    @Override
    public None run(Raw in) {
      return new None();
    }
  }

  static final class OfPlain implements IsolatedTask<WithPlain, None> {
    @Override
    public None run(WithPlain in) {
      return new None();
    }
  }

  static final class Untold extends Base<None> {
    @Override
    public None run(None in) {
      return in;
    }
  }

  static final class Arguments implements IsolatedTask<None, None> {
    private final int number;

    Arguments(int number) {
      this.number = number;
    }

    @Override
    public None run(None in) {
      assert number > 0;
      return in;
    }
  }

  final class Inner implements IsolatedTask<None, None> {
    @Override
    public None run(None in) {
      assert folder != null;
      return in;
    }
  }

  private Mailbox mailbox() {
    return new Mailbox(folder);
  }

  @Test
  void declaredTypesAreCarriedWhateverHoldsThem() throws IOException {
    CarriedTypes types = CarriedTypes.of(Good.class);
    var list = new ArrayList<>(List.of("a", "b"));
    for (List<String> names :
        List.of(list, Collections.unmodifiableList(list), List.of("a", "b"))) {
      var sent = new Names(names, new HashMap<>(Map.of("a", 1)));
      mailbox().answer(sent);
      assertThat(mailbox().answer("x", types)).isEqualTo(new Mailbox.Value(sent));
      Files.delete(folder.resolve("answer"));
    }
  }

  @Test
  void typesAreFollowedThroughTypeArguments() {
    assertThatCode(() -> CarriedTypes.of(Generic.class)).doesNotThrowAnyException();
  }

  @Test
  void whatSaysNothingOfItsContentIsRefused() {
    assertRefused(
        OfAnything.class,
        "Anything.it: java.lang.Object cannot be carried; use values, serialisable records, sealed"
            + " interfaces of these, and lists, sets, maps and arrays of them.");
    assertRefused(OfRaw.class, "Raw.it: java.util.List cannot be carried");
    assertRefused(OfPlain.class, "Plain cannot be carried");
    assertRefused(Untold.class, "its answer: R cannot be carried");
  }

  @Test
  void aClassThatTheOtherJvmCannotMakeIsRefused() {
    IsolatedTask<None, None> lambda = in -> in;
    assertRefused(lambda.getClass(), "it has to be a class with a name");
    assertRefused(Inner.class, "static if it lies in another one");
    assertRefused(Arguments.class, "it needs a constructor without arguments");
  }

  private static void assertRefused(Class<?> task, String why) {
    assertThatThrownBy(() -> CarriedTypes.of(task))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("cannot run in another process: ")
        .hasMessageContaining(why);
  }

  @Test
  void whatIsNotDeclaredIsNotDeserialised() throws IOException {
    for (Object smuggled :
        List.of(
            new Smuggled(1),
            new PriorityQueue<>(List.of("a")),
            new Throwable(),
            new Names(mixed(new Smuggled(1)), Map.of()))) {
      answer(smuggled);
      assertRefused("REJECTED");
    }
  }

  @SuppressWarnings("unchecked") // as an attacker would
  private static List<String> mixed(Object smuggled) {
    return (List<String>) (List<?>) new ArrayList<>(List.of(smuggled));
  }

  @Test
  void anAnswerOfAnotherTypeIsRefused() throws IOException {
    answer("text");
    assertRefused("it is no " + Names.class.getName());
  }

  @Test
  void anArrayThatClaimsMoreThanThereIsIsRefused() throws IOException {
    answer(new byte[2_000]);
    byte[] bytes = Files.readAllBytes(folder.resolve("answer"));
    for (int i = 0; i + 3 < bytes.length; i++) {
      if (bytes[i] == 0 && bytes[i + 1] == 0 && bytes[i + 2] == 7 && bytes[i + 3] == (byte) 0xD0) {
        bytes[i] = 0x7F;
      }
    }
    Files.write(folder.resolve("answer"), bytes);
    assertRefused("REJECTED");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "\1", "\2", "\3", "\1garbage", "\2\0\1"})
  void garbageIsRefused(String bytes) throws IOException {
    Files.writeString(folder.resolve("answer"), bytes);
    assertRefused("");
  }

  private void answer(Object value) throws IOException {
    var bytes = new ByteArrayOutputStream();
    bytes.write(1);
    try (var out = new ObjectOutputStream(bytes)) {
      out.writeObject(value);
    }
    Files.write(folder.resolve("answer"), bytes.toByteArray());
  }

  private void assertRefused(String why) {
    CarriedTypes types = CarriedTypes.of(Good.class);
    assertThatThrownBy(() -> mailbox().answer("x", types))
        .isInstanceOfSatisfying(
            IsolatedException.class,
            e -> {
              assertThat(e.kind()).isEqualTo(Kind.REFUSED);
              assertThat(e.getMessage()).startsWith("the answer of x is refused: ").contains(why);
            });
  }
}
