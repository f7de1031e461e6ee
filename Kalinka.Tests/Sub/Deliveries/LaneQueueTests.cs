using Kalinka.Sub.Deliveries;

namespace Kalinka.Tests.Sub.Deliveries;

[TestFixture]
public sealed class LaneQueueTests
{
    [Test]
    public void A_lane_that_enters_the_queue_it_is_in_stands_there_once()
    {
        var queue = new LaneQueue();
        var first = new ClientLane();
        var last = new ClientLane();
        queue.AddLast(first);
        queue.AddLast(last);

        queue.AddLast(last);
        Assert.That(Walk(queue), Is.EqualTo(new[] { first, last }));

        queue.AddFirst(first);
        Assert.That(Walk(queue), Is.EqualTo(new[] { first, last }));

        queue.AddLast(first);
        Assert.That(Walk(queue), Is.EqualTo(new[] { last, first }));
    }

    [Test]
    public void A_lane_leaves_one_queue_when_it_enters_another()
    {
        var here = new LaneQueue();
        var there = new LaneQueue();
        var lane = new ClientLane();
        here.AddLast(lane);

        there.AddFirst(lane);

        Assert.That(Walk(here), Is.Empty);
        Assert.That(Walk(there), Is.EqualTo(new[] { lane }));
    }

    // Never further than the count says: a lane that stood behind itself would have no end.
    private static List<ClientLane> Walk(LaneQueue queue)
    {
        var lanes = new List<ClientLane>();
        for (var lane = queue.First; lane is not null && lanes.Count <= queue.Count; lane = lane.Next)
        {
            lanes.Add(lane);
        }

        return lanes;
    }
}
