// SPDX-License-Identifier: Apache-2.0
package dev.curfew.sync;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.curfew.Errand;
import dev.curfew.ScopeSettings;
import dev.curfew.StopReason;
import dev.curfew.StoppedException;
import dev.curfew.stress.Round;
import java.util.Objects;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/// Items of a channel: each is with its sender, inside, or with one receiver.
public class ChannelStress {

  private static final StopReason WHY = StopReason.requested("stress");
  private static final String ITEM = "item";

  /// A thread at one end of a channel that the other actor stops.
  public abstract static class AgainstStop extends Round {

    // written by the thread to be stopped before the actors meet
    private @Nullable Errand errand;

    /// {@return what the body returns; 0 if it was stopped}
    final int untilStopped(IntSupplier body) {
      Errand mine = Errand.of("errand", ScopeSettings.DEFAULT);
      errand = mine;
      return mine.run(() -> meetAndDo(body));
    }

    private int meetAndDo(IntSupplier body) {
      meet();
      try {
        return body.getAsInt();
      } catch (StoppedException stopped) {
        return 0;
      }
    }

    final void stop() {
      meet();
      boolean _ = Objects.requireNonNull(errand).stop(WHY);
      spin();
    }
  }

  /// An item that is sent as the receiver is stopped is received, or still inside.
  @JCStressTest
  @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "received")
  @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "inside")
  @Outcome(expect = FORBIDDEN, desc = "lost or doubled")
  @State
  public static class ReceiveAgainstStop extends AgainstStop {
    private final Channel<String> channel = Channel.bounded("channel", 1);

    @Actor
    public void receive(II_Result r) {
      r.r1 = untilStopped(() -> channel.receive().isPresent() ? 1 : 0);
    }

    @Actor
    public void stopAndSend() {
      stop();
      channel.send(ITEM);
    }

    @Arbiter
    public void look(II_Result r) {
      r.r2 = channel.drainRemaining().size();
    }
  }

  /// An item that is received as its sender is stopped was sent, or is the sender's still.
  @JCStressTest
  @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "handed over")
  @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "not sent")
  @Outcome(expect = FORBIDDEN, desc = "lost or doubled")
  @State
  public static class SendAgainstStop extends AgainstStop {
    private final Channel<String> channel = Channel.bounded("channel", 0);

    @Actor
    public void send(II_Result r) {
      r.r1 =
          untilStopped(
              () -> {
                channel.send(ITEM);
                return 1;
              });
    }

    @Actor
    public void stopAndReceive(II_Result r) {
      stop();
      r.r2 = channel.tryReceive().isPresent() ? 1 : 0;
    }
  }

  /// An item that is sent as the channel is closed is refused, or among what remains.
  @JCStressTest
  @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "sent before the close")
  @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "refused")
  @Outcome(expect = FORBIDDEN, desc = "lost or doubled")
  @State
  public static class SendAgainstClose extends Round {
    private final Channel<String> channel = Channel.bounded("channel", 1);

    @Actor
    public void send(II_Result r) {
      meet();
      try {
        channel.send(ITEM);
        r.r1 = 1;
      } catch (ChannelClosedException refused) {
        r.r1 = 0;
      }
    }

    @Actor
    public void close(II_Result r) {
      meet();
      channel.close();
      r.r2 = channel.drainRemaining().size();
    }
  }
}
