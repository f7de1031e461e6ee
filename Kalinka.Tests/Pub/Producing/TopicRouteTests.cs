using System.Text;
using Kalinka.Pub.Producing;
using Microsoft.Extensions.Time.Testing;

namespace Kalinka.Tests.Pub.Producing;

[TestFixture, CancelAfter(30_000)]
public sealed class TopicRouteTests
{
    private readonly FakeTimeProvider _time = new();

    [Test]
    public void A_topic_that_exists_is_found()
    {
        var route = Topics(new FakeCatalog("a").Load(), createUnknown: false);

        Assert.That(route.Find("a"u8, wait: true, CancellationToken.None).KafkaTopic!.Name, Is.EqualTo("a"));
    }

    [Test]
    public void Any_other_is_unknown_at_once()
    {
        var route = Topics(new FakeCatalog("a").Load(), createUnknown: false);

        Assert.That(
            route.Find("b"u8, wait: true, CancellationToken.None),
            Is.EqualTo(Route.ToNowhere("unknown topic b"))
        );
    }

    [Test]
    public void One_that_was_made_a_moment_ago_is_found_by_looking_once_more()
    {
        var catalog = new FakeCatalog().Load();
        Answer(catalog, "new");
        var route = Topics(catalog, createUnknown: false);

        Assert.That(route.Find("new"u8, wait: true, CancellationToken.None).KafkaTopic!.Name, Is.EqualTo("new"));
    }

    [Test]
    public void Names_at_random_make_nobody_wait_but_once_in_ten_seconds()
    {
        var catalog = new FakeCatalog().Load();
        var route = Topics(catalog, createUnknown: false);
        catalog.Refreshed = new TaskCompletionSource().Task;
        var started = TimeProvider.System.GetTimestamp();
        for (var number = 0; number < 1_000; number++)
        {
            Assert.That(
                route.Find(Encoding.UTF8.GetBytes($"x{number}"), wait: true, CancellationToken.None).Unknown,
                Is.Not.Null
            );
        }

        Assert.That(TimeProvider.System.GetElapsedTime(started), Is.LessThan(TimeSpan.FromSeconds(5)), "one look");

        Answer(catalog, "new");
        Assert.That(route.Find("new"u8, wait: true, CancellationToken.None).Unknown, Is.Not.Null, "no look");
        _time.Advance(TimeSpan.FromSeconds(10));
        Answer(catalog, "newer");
        Assert.That(route.Find("newer"u8, wait: true, CancellationToken.None).KafkaTopic!.Name, Is.EqualTo("newer"));
    }

    // The cluster's answer to what a miss asks for, with a topic that was made since the one before.
    private static void Answer(FakeCatalog catalog, string made)
    {
        var (answer, misses) = (new TaskCompletionSource(), 0);
        catalog.Refreshed = answer.Task;
        catalog.Missed = () =>
        {
            if (++misses == 2)
            {
                catalog.Add(made);
                answer.SetResult();
            }
        };
    }

    [Test]
    public async Task A_message_that_comes_before_the_topics_of_the_rules_waits_for_them(CancellationToken deadline)
    {
        var catalog = new FakeCatalog().Load();
        var prepared = new TaskCompletionSource();
        var route = new TopicRoute(catalog, prepared.Task, createUnknown: false, _time);
        var finding = Task.Run(() => route.Find("a"u8, wait: true, deadline), deadline);

        await catalog.CreateMissingAsync(["a"], deadline);
        prepared.SetResult();

        Assert.That((await finding).KafkaTopic!.Name, Is.EqualTo("a"));
    }

    [Test]
    public void Who_must_not_wait_is_told_that_nobody_knows()
    {
        var route = new TopicRoute(new FakeCatalog(), new TaskCompletionSource().Task, createUnknown: false, _time);

        Assert.That(route.Find("a"u8, wait: false, CancellationToken.None), Is.EqualTo(default(Route)));
    }

    [Test]
    public void Who_waits_gives_up_with_its_connection()
    {
        var route = new TopicRoute(new FakeCatalog(), new TaskCompletionSource().Task, createUnknown: false, _time);

        Assert.That(
            () => route.Find("a"u8, wait: true, new CancellationToken(true)),
            Throws.InstanceOf<OperationCanceledException>()
        );
    }

    [Test]
    public void Where_it_is_allowed_an_unknown_topic_is_made_or_the_refusal_told()
    {
        var catalog = new FakeCatalog().Load();
        var route = Topics(catalog, createUnknown: true);
        Assert.That(route.Find("new"u8, wait: false, CancellationToken.None).KafkaTopic!.Name, Is.EqualTo("new"));

        catalog.RefusesToCreate = "other: policy";
        Assert.That(
            route.Find("other"u8, wait: true, CancellationToken.None).Unknown,
            Is.EqualTo("unknown topic other: other: policy")
        );
    }

    [Test]
    public async Task While_Kafka_is_away_making_a_topic_is_not_given_up(CancellationToken deadline)
    {
        var catalog = new FakeCatalog { RefusesToCreate = "away" }.Load();
        catalog.Away = true;
        var route = Topics(catalog, createUnknown: true);
        var finding = Task.Run(() => route.Find("new"u8, wait: true, deadline), deadline);
        SpinWait.SpinUntil(() => catalog.Refusals > 0);

        catalog.RefusesToCreate = null;
        catalog.Away = false;

        Assert.That((await finding).KafkaTopic!.Name, Is.EqualTo("new"));
    }

    private TopicRoute Topics(FakeCatalog catalog, bool createUnknown) =>
        new(catalog, catalog.Loaded, createUnknown, _time);
}
