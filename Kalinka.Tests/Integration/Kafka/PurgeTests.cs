using Kalinka.Tests.Common.Kafka;
using Kalinka.Tests.Stack;

namespace Kalinka.Tests.Integration.Kafka;

/// <summary>What a process does that stood still: it purges while Kafka is there and records are under way.</summary>
[TestFixture]
public sealed class PurgeTests
{
    [Test]
    public async Task A_producer_goes_on_after_a_purge_of_what_is_under_way()
    {
        await using var server = await KafkaServer.StartAsync();
        await server.CreateTopicAsync("purge");
        using var producing = new Producing(server.BootstrapServers, ("linger.ms", "0"));
        var kafkaTopic = await producing.TopicAsync("purge");
        var token = 0;
        await Eventually.That(
            () =>
            {
                for (var more = 0; more < 500; more++)
                {
                    producing.Produce(kafkaTopic, null, new byte[100], token++);
                }

                return producing.Reports.Delivered.Count > 1000;
            },
            TimeSpan.FromSeconds(20),
            "records flow"
        );

        producing.Producer.Purge();
        producing.Producer.Purge();
        producing.Produce(kafkaTopic, null, [], token);

        Assert.That(producing.Producer.Flush(TimeSpan.FromSeconds(20)), Is.True, producing.Producer.LastError);
        Assert.That(producing.Reports.Delivered, Does.Contain((long)token));
        Assert.That(producing.Reports.Count, Is.EqualTo(token + 1), "every record has one report");
        Assert.That(producing.Reports.Fatal, Is.Empty);
    }
}
