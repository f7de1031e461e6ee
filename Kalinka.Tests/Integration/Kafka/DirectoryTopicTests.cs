using System.Text;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Kalinka.Common.Directory;
using Kalinka.Common.Kafka;
using Kalinka.Tests.Stack;

namespace Kalinka.Tests.Integration.Kafka;

/// <summary>The topic itself: made, looked at, too full, made anew.</summary>
internal sealed class DirectoryTopicTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    private TopicHarness _harness = null!;

    [TearDown]
    public async Task TearDown()
    {
        if (_harness is not null)
        {
            await _harness.DisposeAsync();
            _harness = null!;
        }
    }

    [Test]
    public async Task It_is_made_compacted_and_leaves_time_for_repairs()
    {
        await OpenAsync(DirectoryOptions.DefaultCapacity);
        using var admin = Admin();
        var topic = new ConfigResource { Type = ResourceType.Topic, Name = _harness.Options.KafkaTopic };
        var entries = (await admin.DescribeConfigsAsync([topic]))[0].Entries;
        Assert.That(entries["cleanup.policy"].Value, Is.EqualTo("compact"));
        Assert.That(entries["min.compaction.lag.ms"].Value, Is.EqualTo("600000"));
    }

    [Test]
    public async Task One_that_loses_entries_by_age_is_not_followed_and_says_why()
    {
        var name = await SharedKafka.TopicAsync(1, ("cleanup.policy", "delete"));
        _harness = new TopicHarness(SharedKafka.Server) { Options = new(DirectoryKind.Kafka, name, 1000) };
        var directory = _harness.Open(writes: true);
        await Eventually.That(() => directory.WaitsFor!.Contains("must be compact"), Soon, "the reason");
        Assert.That(directory.Trusted, Is.False);
        Assert.That(directory.Find("c1"u8), Is.EqualTo(Location.Unknown));
    }

    [Test]
    public async Task It_is_examined_without_being_made()
    {
        _harness = new TopicHarness(SharedKafka.Server);
        var wrong = await SharedKafka.TopicAsync(1, ("cleanup.policy", "delete"));
        var right = await SharedKafka.TopicAsync(1, ("cleanup.policy", "compact"));

        var (exists, problem) = await CompactedTopic.ExamineAsync(_harness.Kafka, "check", wrong);
        Assert.That(exists, Is.True);
        Assert.That(problem, Does.Contain("must be compact"));
        Assert.That(
            await CompactedTopic.ExamineAsync(_harness.Kafka, "check", right),
            Is.EqualTo((true, (string?)null))
        );
        var missing = $"directory-{Guid.NewGuid():N}";
        Assert.That(
            await CompactedTopic.ExamineAsync(_harness.Kafka, "check", missing),
            Is.EqualTo((false, (string?)null))
        );
        using var admin = Admin();
        Assert.That(admin.GetMetadata(Soon).Topics.Exists(topic => topic.Topic == missing), Is.False);
    }

    [Test]
    public async Task One_that_may_not_be_made_is_waited_for()
    {
        _harness = new TopicHarness(SharedKafka.Server);
        await using var directory = new TopicDirectory(
            _harness.Options,
            _harness.Kafka with
            {
                CreateTopics = TopicCreation.None,
            },
            "test",
            writes: false,
            TimeProvider.System,
            Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance
        );
        directory.Start();
        await Eventually.That(() => directory.WaitsFor!.Contains("does not exist"), Soon, "the reason");

        await OpenAsync(DirectoryOptions.DefaultCapacity);
        await Eventually.That(() => directory.Trusted, Soon, "trust");
    }

    [Test]
    public async Task Beyond_its_capacity_nobody_counts_as_absent_and_the_known_are_found()
    {
        var directory = await OpenAsync(10);
        for (var client = 0; client < 11; client++)
        {
            await _harness.PutAsync($"c{client}", "b1");
        }

        await Eventually.That(() => !directory.Trusted, Soon, "the overflow");
        Assert.That(directory.WaitsFor, Does.Contain("more than 10 clients, Kafka:DirectoryCapacity"));
        Assert.That(directory.Find("c3"u8).Broker, Is.EqualTo("b1"));
        Assert.That(directory.Find("c10"u8), Is.EqualTo(Location.Unknown));
    }

    [Test]
    public async Task A_refused_change_is_repaired_so_that_the_last_record_says_what_counts()
    {
        var directory = await OpenAsync(1000);
        await _harness.PutAsync("c1", "b1");
        await directory.SyncAsync(default);

        // Another writer that knew nothing, and has died.
        var header = new byte[ChangeHeader.Size];
        new ChangeHeader(Writer: 7, Sequence: 1, Known: -1).Write(header);
        var headers = new Headers { { Encoding.ASCII.GetString(ChangeHeader.Name), header } };
        await _harness.WriteAsync("c1", "b2", headers);
        await directory.SyncAsync(default);
        Assert.That(directory.Find("c1"u8).Broker, Is.EqualTo("b1"));
        Assert.That(directory.Conflicting, Is.EqualTo(1));

        await Eventually.That(() => directory.Conflicting == 0, Soon, "the repair");
        var late = _harness.Open(writes: false);
        Assert.That((await late.ReadAsync(Encoding.UTF8.GetBytes("c1"), default)).Broker, Is.EqualTo("b1"));
    }

    [Test]
    public async Task One_that_is_made_anew_is_read_anew_and_what_was_is_forgotten()
    {
        var directory = await OpenAsync(1000);
        foreach (var client in new[] { "c1", "c2", "c3" })
        {
            await _harness.PutAsync(client, "b1");
        }

        await directory.SyncAsync(default);
        Assert.That(directory.Count, Is.EqualTo(3));
        var emptied = 0;
        directory.Emptied += () => Interlocked.Increment(ref emptied);
        using var admin = Admin();
        await admin.DeleteTopicsAsync([_harness.Options.KafkaTopic]);

        // Whoever follows makes it again.
        await Eventually.That(() => directory.Count == 0, Soon, "the loss");
        await Eventually.That(() => directory.Trusted, Soon, "trust");
        Assert.That(Volatile.Read(ref emptied), Is.Positive, "whoever knows more writes it again");
        var outcomes = await directory.ChangeAsync(
            [LocationChange.Put("c4"u8.ToArray(), "b2", Location.Absent)],
            default
        );
        Assert.That(outcomes, Is.EqualTo([ChangeOutcome.Done]));
        Assert.That((directory.Count, directory.Find("c4"u8).Broker), Is.EqualTo((1, "b2")));
    }

    private static IAdminClient Admin() =>
        new AdminClientBuilder(
            new AdminClientConfig { BootstrapServers = SharedKafka.Server.BootstrapServers }
        ).Build();

    private async Task<TopicDirectory> OpenAsync(int capacity)
    {
        _harness ??= new TopicHarness(SharedKafka.Server)
        {
            Options = new(DirectoryKind.Kafka, $"directory-{Guid.NewGuid():N}", capacity),
        };
        var directory = _harness.Open(writes: true);
        await Eventually.That(() => directory.Trusted, Soon, "trust");
        return directory;
    }
}
