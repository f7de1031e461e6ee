using Kalinka.Common.Kafka;
using Kalinka.Tests.Stack;

namespace Kalinka.Tests.Common.Kafka;

internal sealed class TopicCatalogTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Test]
    public async Task Before_the_cluster_has_answered_nothing_can_be_said_of_a_topic()
    {
        using var producing = new Producing($"127.0.0.1:{FreePort.Next()}");

        Assert.That(producing.Catalog.Find("t"u8, out _), Is.EqualTo(TopicLookup.NotLoaded));
        Assert.That(producing.Catalog.Reachable, Is.False);
        Assert.That(producing.Catalog.Loaded.IsCompleted, Is.False);
        await Eventually.That(
            () => producing.Producer.LastError?.Contains(producing.Options.BootstrapServers) ?? false,
            Patience,
            "an error that names the address"
        );
    }

    [Test]
    public async Task A_cluster_that_goes_away_is_unreachable_until_it_is_back_and_its_topics_stay_known()
    {
        using var cluster = new MockCluster();
        cluster.CreateTopic("t", 3);
        using var producing = new Producing(cluster.BootstrapServers);
        await producing.Catalog.Loaded.WaitAsync(Patience);
        Assert.That(producing.Catalog.Reachable, Is.True);

        cluster.SetDown();
        await Eventually.That(() => !producing.Catalog.Reachable, Patience, "unreachable");
        Assert.That(producing.Producer.LastError, Is.Not.Null);
        Assert.That(producing.Catalog.Find("t"u8, out var kafkaTopic), Is.EqualTo(TopicLookup.Known));
        Assert.That(kafkaTopic!.PartitionCount, Is.EqualTo(3));

        cluster.SetUp();
        await Eventually.That(() => producing.Catalog.Reachable, Patience, "reachable");
        Assert.That(producing.Producer.LastError, Is.Null);
    }

    [Test]
    public async Task A_topic_keeps_its_object_as_long_as_it_exists()
    {
        using var cluster = new MockCluster();
        cluster.CreateTopic("t", 1);
        using var producing = new Producing(cluster.BootstrapServers);

        var first = await producing.TopicAsync("t");
        cluster.CreateTopic("later", 1);
        await producing.TopicAsync("later");

        Assert.That(await producing.TopicAsync("t"), Is.SameAs(first));
    }
}
