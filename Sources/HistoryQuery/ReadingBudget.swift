// The budget of a query as the reader of the file sees it, which knows bytes and no queries: asked
// between blocks whether it may go on, it remembers why not. Lives as long as one reading, on its
// thread.

import PromQL

final class ReadingBudget {
    private var budget: SampleBudget
    /// What the reading holds, as samples; taken of the query's budget by `settle`.
    private var held = 0
    private var taken = 0
    private var failure: QueryFailure?

    init(_ budget: SampleBudget) {
        self.budget = budget
    }

    /// False when the reading holds too much, takes too long or is not wanted any more.
    func goesOn(bytes: Int) -> Bool {
        held = bytes / SampleBudget.bytesPerSample
        do throws(QueryFailure) {
            try budget.checkTime()
            if budget.taken - taken + held > budget.limit {
                throw .tooManySamples(limit: budget.limit)
            }
        } catch {
            failure = error
            return false
        }
        return true
    }

    func renew(_ budget: SampleBudget) { self.budget = budget }

    /// Takes what is held, or ends the query for the reason for which the reading stopped.
    func settle(_ budget: inout SampleBudget) throws(QueryFailure) {
        if let failure { throw failure }
        budget.giveBack(taken)
        taken = 0
        try budget.take(held)
        taken = held
    }

    func release(_ budget: inout SampleBudget) {
        budget.giveBack(taken)
        taken = 0
    }
}
