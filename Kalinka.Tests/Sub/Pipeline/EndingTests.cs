using Kalinka.Common.Mqtt;
using Kalinka.Sub;

namespace Kalinka.Tests.Sub.Pipeline;

internal sealed class EndingTests : SubBenchTest
{
    [Test]
    public void What_no_rule_matches_is_dropped_and_counted()
    {
        var partition = Bench.Assign("other");
        Bench.Feed(partition, "c");
        Bench.Pass(TimeSpan.FromSeconds(1));

        Assert.That(Bench.Counters["dropped: unmapped"], Is.EqualTo(1));
        Assert.That(Bench.StoredOf(partition), Is.EqualTo(1));
    }

    [Test]
    public void What_the_rules_reject_is_a_dead_letter_with_key_value_headers_and_origin()
    {
        var partition = Bench.Assign("strict", 3);
        Bench.Rewind(partition, 17);
        Bench.Feed(partition, "c", "v", null, ("place", "a/b"), ("other", "x"));
        Bench.Pass(TimeSpan.FromSeconds(1));

        var letter = Bench.DeadLetters.Single();
        Assert.That((letter.Key, letter.Value), Is.EqualTo(("c", "v")));
        Assert.That(letter.Headers["other"], Is.EqualTo("x"));
        Assert.That(letter.Headers["kalinka-origin"], Is.EqualTo("strict/3/17"));
        Assert.That(letter.Headers["kalinka-daemon"], Is.EqualTo("kalinka-sub"));
        Assert.That(letter.Reason, Is.Not.Empty);
        Assert.That(Bench.StoredOf(partition), Is.EqualTo(18));
    }

    [Test]
    public void A_dead_letter_that_was_one_before_says_why_it_is_one_now()
    {
        var partition = Bench.Assign("strict");
        var earlier = new[] { ("place", "a/b"), ("kalinka-reason", "earlier"), ("kalinka-truncated", "70000") };
        Bench.Feed(partition, "c", "v", null, [.. earlier, ("kalinka-origin", "t/0/0"), ("kalinka-daemon", "x")]);
        Bench.Pass(TimeSpan.FromSeconds(1));

        var letter = Bench.DeadLetters.Single();
        Assert.That(letter.Reason, Does.Not.Contain("earlier"));
        Assert.That(letter.Headers["kalinka-origin"], Is.EqualTo("strict/0/0"));
        Assert.That(letter.Headers.Keys, Does.Not.Contain("kalinka-truncated"));
    }

    [Test]
    public void A_dead_letter_is_settled_by_its_own_delivery_report()
    {
        Bench.DeadLetterTopic.HoldReports = true;
        var partition = Bench.Assign("strict");
        Bench.Feed(partition, "c");
        Bench.Pass(TimeSpan.FromSeconds(1));
        Assert.That(Bench.StoredOf(partition), Is.EqualTo(-1));

        Bench.DeadLetterTopic.Report();
        Bench.Pass(TimeSpan.FromSeconds(1));
        Assert.That(Bench.StoredOf(partition), Is.EqualTo(1));
    }

    [Test]
    public void A_loop_ends()
    {
        Bench.Directory.Move("c", "b1");
        var b1 = Bench.Connect("b1");
        var partition = Bench.Assign();
        Bench.Feed(partition, "c", "fourth", null, ("kalinka-hops", "4"));
        Bench.Feed(partition, "c", "fifth", null, ("kalinka-hops", "5"));
        Bench.Turn();

        Assert.That(b1.Received.Single().Payload, Is.EqualTo("fourth"));
        Assert.That(Bench.DeadLetters.Single().Reason, Does.StartWith("loop"));
    }

    [Test]
    public void An_expired_message_is_dropped_when_the_slack_is_over()
    {
        Bench.Directory.Move("c", "b1");
        var b1 = Bench.Connect("b1");
        var partition = Bench.Assign();
        var now = Bench.Time.GetUtcNow();
        Bench.Feed(partition, "c", "late", null, ("mqtt-expires-at", $"{now.AddSeconds(-6).ToUnixTimeMilliseconds()}"));
        Bench.Feed(partition, "c", "just", null, ("mqtt-expires-at", $"{now.AddSeconds(-4).ToUnixTimeMilliseconds()}"));
        Bench.Turn();

        Assert.That(
            b1.Received.Single(),
            Has.Property("Payload").EqualTo("just").And.Property("ExpirySeconds").EqualTo(1)
        );
        Assert.That(Bench.Counters["dropped: expired"], Is.EqualTo(1));
    }

    [Test]
    public void What_expires_while_it_waits_is_not_sent_afterwards()
    {
        Bench.Directory.Move("c", "b1");
        var partition = Bench.Assign();
        var expiresAt = Bench.Time.GetUtcNow().AddSeconds(2).ToUnixTimeMilliseconds();
        Bench.Feed(partition, "c", "v", null, ("mqtt-expires-at", $"{expiresAt}"));
        Bench.Pass(TimeSpan.FromSeconds(10));
        var b1 = Bench.Connect("b1");
        Bench.Turn();

        Assert.That(b1.Received, Is.Empty);
        Assert.That(Bench.Counters["dropped: expired"], Is.EqualTo(1));
    }

    [Test]
    public void What_is_older_than_MaxAge_is_dropped()
    {
        Bench.Directory.Move("c", "b1");
        var b1 = Bench.Connect("b1");
        var partition = Bench.Assign();
        Bench.Feed(partition, "c", "old", TimeSpan.FromDays(7) + TimeSpan.FromSeconds(1));
        Bench.Feed(partition, "c", "young", TimeSpan.FromDays(7) - TimeSpan.FromSeconds(1));
        Bench.Turn();

        Assert.That(b1.Received.Single().Payload, Is.EqualTo("young"));
        Assert.That(Bench.Counters["dropped: too-old"], Is.EqualTo(1));
    }

    [Test]
    public void A_rejected_message_is_a_dead_letter_with_the_name_of_the_reason_code()
    {
        Bench.Directory.Move("c", "b1");
        var b1 = Bench.Connect("b1");
        Bench.Feed(Bench.Assign(), "c");
        Bench.Turn();
        b1.Acknowledge(b1.Unacknowledged[0], MqttReasonCode.NotAuthorized);
        Bench.Turn();

        Assert.That(Bench.DeadLetters.Single().Reason, Does.Contain("NotAuthorized"));
    }

    [Test]
    public void What_the_broker_cannot_take_is_a_dead_letter_and_the_client_goes_on()
    {
        Bench.Directory.Move("c", "b1");
        var b1 = Bench.Connect(
            "b1",
            grant: granted => granted with { MaximumPacketSize = 10, RetainAvailable = false }
        );
        Bench.Feed(Bench.Assign(), "c", new string('x', 11));
        Bench.Feed(Bench.Assign("kept"), "c");
        Bench.Feed(Bench.Assign("in", 1), "c", "small");
        Bench.Turn();

        Assert.That(b1.Received.Single().Payload, Is.EqualTo("small"));
        Assert.That(Bench.DeadLetters[0].Reason, Does.Contain("10 bytes"));
        Assert.That(Bench.DeadLetters[1].Reason, Does.Contain("retained"));
    }

    [Test]
    public void A_client_that_no_directory_can_have_is_a_dead_letter()
    {
        using var bench = new SubBench(o => o with { Mapping = new([new("in", "to/all", "{key}", 1, false, [])]) });
        bench.Directory.Impossible = "..";
        bench.Feed(bench.Assign(), "..");
        bench.Turn();

        Assert.That(bench.DeadLetters, Has.Count.EqualTo(1));
    }

    [Test]
    public void Absent_records_are_dropped_when_it_is_so_configured()
    {
        using var bench = new SubBench(o => o with { Delivery = o.Delivery with { AbsentClient = AbsentClient.Drop } });
        var partition = bench.Assign();
        bench.Feed(partition, "nobody");
        bench.Pass(TimeSpan.FromSeconds(11));

        Assert.That(bench.Counters["dropped: absent"], Is.EqualTo(1));
        Assert.That(bench.DeadLetters, Is.Empty);
        Assert.That(bench.StoredOf(partition), Is.EqualTo(1));
    }

    [Test]
    public void A_broker_that_is_away_makes_nobody_absent_and_nothing_is_dropped_for_it()
    {
        using var bench = new SubBench(o => o with { Delivery = o.Delivery with { AbsentClient = AbsentClient.Drop } });
        bench.Directory.Move("c", "b1");
        var partition = bench.Assign();
        bench.Feed(partition, "c");
        bench.Pass(TimeSpan.FromSeconds(31));

        Assert.That(bench.DeadLetters.Single().Reason, Does.Contain("broker b1 has been unreachable"));
        Assert.That(bench.StoredOf(partition), Is.EqualTo(1));
    }
}
