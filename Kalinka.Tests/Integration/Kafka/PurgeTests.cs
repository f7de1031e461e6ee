using Kalinka.Common.Kafka.Native;
using Kalinka.Tests.Common.Kafka;
using Kalinka.Tests.Stack;

namespace Kalinka.Tests.Integration.Kafka;

/// <summary>What a process does that stood still: purges while Kafka is there and records are under way.</summary>
[TestFixture]
public sealed class PurgeTests
{
    [TestCase(1)]
    [TestCase(2)]
    [TestCase(3)]
    public async Task A_producer_goes_on_after_a_purge_under_way(int flags)
    {
        await using var server = await KafkaServer.StartAsync(autoCreateTopics: false);
        await server.CreateTopicAsync("purge", 1);
        using var producing = new Producing(server.BootstrapServers);
        var kafkaTopic = await producing.TopicAsync("purge");
        producing.Produce(kafkaTopic, null, [], 0);
        Assert.That(producing.Producer.Flush(TimeSpan.FromSeconds(20)), Is.True);

        for (var token = 1; token <= 20_000; token++)
        {
            producing.Produce(kafkaTopic, null, new byte[100], token);
            if (token % 5_000 == 0)
            {
                LibRdKafka.Purge(producing.Producer.Client.Pointer, flags);
                LibRdKafka.Purge(producing.Producer.Client.Pointer, flags);
            }
        }

        producing.Produce(kafkaTopic, null, [], 30_000);
        var done = producing.Producer.Flush(TimeSpan.FromSeconds(10));
        TestContext.Out.WriteLine(
            $"RESULT flags {flags}: done {done}, outstanding {producing.Producer.Outstanding}, delivered {producing.Reports.Delivered.Count}, failed {producing.Reports.Failed.Count}, fatal {string.Join(",", producing.Reports.Fatal)}, last {producing.Producer.LastError}, last delivered {producing.Reports.Delivered.Contains(30_000)}"
        );
        Assert.That(done, Is.True);
    }
}
