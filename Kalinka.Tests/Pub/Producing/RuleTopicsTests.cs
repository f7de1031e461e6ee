using Kalinka.Common.Kafka;
using Kalinka.Pub.Producing;
using Kalinka.Tests.Stack;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Kalinka.Tests.Pub.Producing;

[TestFixture, CancelAfter(30_000)]
public sealed class RuleTopicsTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);
    private readonly FakeTimeProvider _time = new();

    [Test]
    public async Task Missing_topics_are_created_once_Kafka_answers(CancellationToken deadline)
    {
        var catalog = new FakeCatalog();
        var topics = Topics(catalog);
        var ensuring = topics.EnsureAsync(deadline);
        Assert.That(topics.Prepared.IsCompleted, Is.False);

        catalog.Load();
        await ensuring;

        Assert.That(topics.Prepared.IsCompleted, Is.True);
        Assert.That(catalog.Find("a"u8, out _), Is.EqualTo(TopicLookup.Known));
    }

    [Test]
    public async Task A_refusal_is_told_and_tried_again_and_holds_messages_up_only_for_a_while(
        CancellationToken deadline
    )
    {
        var catalog = new FakeCatalog { RefusesToCreate = "a: not authorized" }.Load();
        var topics = Topics(catalog);
        var ensuring = topics.EnsureAsync(deadline);
        Assert.That(topics.Prepared.IsCompleted, Is.False, "after one refusal");
        Assert.That(topics.LastError, Is.EqualTo("a: not authorized"));

        await AdvanceUntilAsync(() => topics.Prepared.IsCompleted);
        Assert.That(catalog.Refusals, Is.EqualTo(3));
        Assert.That(ensuring.IsCompleted, Is.False);

        catalog.RefusesToCreate = null;
        await AdvanceUntilAsync(() => ensuring.IsCompleted);
        Assert.That(topics.LastError, Is.Null);
    }

    private RuleTopics Topics(FakeCatalog catalog) => new(catalog, ["a"], _time, NullLogger<RuleTopics>.Instance);

    private Task AdvanceUntilAsync(Func<bool> condition) =>
        Eventually.That(
            () =>
            {
                if (condition())
                {
                    return true;
                }

                _time.Advance(TimeSpan.FromSeconds(1));
                return false;
            },
            Soon,
            "in time"
        );
}
